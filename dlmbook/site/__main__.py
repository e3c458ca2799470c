"""Run `python -m dlmbook.site notebooks [outdir]`, `... picture FILE` or `... chromium`."""

import argparse
from pathlib import Path

from dlmbook.site.browser import install_chromium, take_picture
from dlmbook.site.notebooks import write_notebooks


def main() -> None:
    """Read the command line and do what it asks."""
    parser = argparse.ArgumentParser(prog="python -m dlmbook.site")
    commands = parser.add_subparsers(dest="command", required=True)
    notebooks = commands.add_parser("notebooks", help="write the chapters as notebooks")
    notebooks.add_argument("outdir", type=Path, nargs="?", help="default: beside the chapters")
    picture = commands.add_parser("picture", help="take the README's picture of a built page")
    picture.add_argument("file", type=Path)
    commands.add_parser("chromium", help="install Chromium for the tests where it is missing")
    arguments = parser.parse_args()

    root = Path.cwd()
    if arguments.command == "notebooks":
        for path in write_notebooks(root, arguments.outdir):
            print(path)
    elif arguments.command == "picture":
        take_picture(root / "_build" / "html", arguments.file)
    else:
        print(install_chromium())


if __name__ == "__main__":
    main()
