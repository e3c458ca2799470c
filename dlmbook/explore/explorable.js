// Each copy of this script prepares every figure that is not ready: a page may hold several,
// and a front end may run scripts away from the place where they were written.
(() => {
  const selector = "figure.dlmbook-explorable:not([data-ready])";
  for (const root of document.querySelectorAll(selector)) {
    const data = root.querySelector("script[type='application/json']");
    if (!data) continue;
    root.dataset.ready = "";
    const frames = JSON.parse(data.textContent);
    const inputs = [...root.querySelectorAll("input[type=range]")];
    const outputs = [...root.querySelectorAll("output")];
    const labels = [...root.querySelectorAll("label")];
    const img = root.querySelector("img");
    const reading = root.querySelector(".dlmbook-reading");
    const indexAt = (at) => at.reduce((sum, k, i) => sum * (+inputs[i].max + 1) + k, 0);
    const positions = () => inputs.map((input) => +input.value);
    let shown = indexAt(inputs.map((input) => +input.defaultValue));

    const show = () => {
      inputs.forEach((input, i) => {
        const text = JSON.parse(input.dataset.texts)[input.value];
        input.setAttribute("aria-valuetext", text);
        outputs[i].textContent = text;
      });
      const now = indexAt(positions());
      if (now === shown) return;
      shown = now;
      img.loading = "eager";
      img.src = frames[now].src;
      img.alt = img.dataset.alt + " " + frames[now].reading;
      reading.textContent = frames[now].reading;
    };
    const prefetchNeighbours = () => {
      const at = positions();
      inputs.forEach((input, i) => [-1, 1].forEach((step) => {
        const next = at.map((k, j) => (j === i ? k + step : k));
        if (next[i] >= 0 && next[i] <= +input.max) new Image().src = frames[indexAt(next)].src;
      }));
    };
    inputs.forEach((input, i) => {
      const copies = document.querySelectorAll(`[id="${input.id}"]`).length;
      if (copies > 1) {  // the same explorable shown twice
        input.id += "-" + copies;
        labels[i].htmlFor = input.id;
        outputs[i].htmlFor = input.id;
      }
      input.addEventListener("input", () => { show(); prefetchNeighbours(); });
    });
    root.addEventListener("pointerenter", prefetchNeighbours, { once: true });
    root.addEventListener("focusin", prefetchNeighbours, { once: true });
    show();
  }
})();
