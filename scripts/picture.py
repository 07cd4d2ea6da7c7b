"""Draws docs/images/demo.svg: what ``wardround code`` prints on a terminal for the example note."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parents[1]
COMMAND = ["wardround", "code", "examples/notes/appendicitis.txt", "--explain"]
WIDTH = 92


def main() -> None:
    environment = {**os.environ, "FORCE_COLOR": "1", "COLUMNS": str(WIDTH)}
    environment.pop("NO_COLOR", None)
    shown = subprocess.run(
        [sys.executable, "-m", *COMMAND], cwd=ROOT, env=environment, capture_output=True, check=True, text=True
    ).stdout
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(f"$ {' '.join(COMMAND)}\n\n{shown.rstrip()}"))
    svg = console.export_svg(title="wardround", unique_id="demo")
    svg = re.sub(r"@font-face\s*{[^}]*}\s*", "", svg)  # no font is fetched from anywhere; any monospaced one will do
    svg = svg.replace("Fira Code", "ui-monospace, Menlo, Consolas").replace("<svg ", '<svg xml:space="preserve" ', 1)
    svg = "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"
    (ROOT / "docs" / "images" / "demo.svg").write_text(svg, encoding="utf-8")
    print("wrote docs/images/demo.svg")


if __name__ == "__main__":
    main()
