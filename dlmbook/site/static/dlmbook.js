// Accessibility that the theme leaves open. Nothing here is needed to read a page.
"use strict";

// A fold's accessible name must contain the text that it shows.
function nameFoldsByVisibleText() {
  for (const summary of document.querySelectorAll("details.hide > summary")) {
    summary.removeAttribute("aria-label");
  }
}

// All content belongs to a landmark.
function makeSidebarLandmark() {
  const sidebar = document.getElementById("pst-primary-sidebar");
  sidebar?.setAttribute("role", "complementary");
  sidebar?.setAttribute("aria-label", "Contents of the book");
}

// What can be scrolled with a mouse can be scrolled with the keyboard.
function focusScrollable() {
  const wide = ".pst-scrollable-table-container, .highlight pre, .output pre, .math, mjx-container[display]";
  for (const element of document.querySelectorAll(wide)) {
    if (element.scrollWidth > element.clientWidth) {
      element.tabIndex = 0;
      element.setAttribute("role", "group");
      element.setAttribute("aria-label", element.matches("pre") ? "Code or output" : "Wide content");
    } else {
      element.removeAttribute("tabindex");
    }
  }
}

document.addEventListener("DOMContentLoaded", () => {
  nameFoldsByVisibleText();
  makeSidebarLandmark();
  focusScrollable();
  window.addEventListener("resize", focusScrollable);
  window.addEventListener("load", () => window.MathJax?.startup?.promise.then(focusScrollable));
});
