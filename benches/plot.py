"""Bars of what `benches/acoustic/compare.py` or `scripts/gpu/report` measured, as SVG.

    python plot.py FIGURES.json >FIGURES.svg
"""

import json
import sys
from html import escape

BAR, GAP, LABEL, WIDTH = 22, 10, 190, 420


def bars(report):
    """(title, name -> value) of the figure worth a picture."""
    if "two_lane_calls_a_core" in report:
        return "two-lane calls a core, by processor time", report["two_lane_calls_a_core"]
    held = {row["name"]: row["bench"]["greatest"] for row in report["calls"]}
    return f"calls held in real time, {report['device']}", held


def svg(title, values):
    """A bar for each value, its number beside it."""
    height = 34 + len(values) * (BAR + GAP)
    most = max([*values.values(), 1e-9])
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{LABEL + WIDTH + 80}" height="{height}" '
        'font-family="sans-serif" font-size="13">',
        f'<text x="4" y="18" font-weight="bold">{escape(title)}</text>',
    ]
    for row, (name, value) in enumerate(values.items()):
        top, width = 30 + row * (BAR + GAP), value / most * WIDTH
        lines += [
            f'<text x="4" y="{top + 16}">{escape(name.replace("_", " "))}</text>',
            f'<rect x="{LABEL}" y="{top}" width="{width:.1f}" height="{BAR}" fill="#3b6ea5"/>',
            f'<text x="{LABEL + width + 6:.1f}" y="{top + 16}">{value:g}</text>',
        ]
    return "\n".join([*lines, "</svg>"])


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        print(svg(*bars(json.load(file))))
