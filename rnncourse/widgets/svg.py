"""Panels and marks of an interactive figure, and their drawing as SVG text.

A panel is plain data (it travels to the page as JSON). `static/figures.js` draws the same data by the same
rules; a test compares the two drawings letter by letter. An attribute of a mark is a constant, a list with one
entry an item, or "$key": the value of that name which the figure's function returned.
"""

from collections.abc import Mapping, Sequence
from html import escape
from math import floor, isfinite, log10
from typing import Any

from ..plots.colours import COLOURS, PAPER

Mark = dict[str, Any]
Panel = dict[str, Any]
Values = Mapping[str, Any]

# Beyond the course's palette: what a page needs in two themes. The css file redefines all of them for dark pages.
INKS = {
    "ink": "#1F2937",
    "muted": "#5B6472",
    "rule": "#C9C5BA",
    "paper": PAPER,
    "pos": "#0072B2",
    "neg": "#D55E00",
}
PALETTE = {**COLOURS, **INKS}


def line(x: Any, y: Any, colour: str = "h", **style: Any) -> Mark:
    """A curve through the points (x, y); a missing value breaks it. Style: width, dash, opacity."""
    return {"mark": "line", "x": x, "y": y, "colour": colour, **style}


def segments(x1: Any, y1: Any, x2: Any, y2: Any, colour: Any = "ink", **style: Any) -> Mark:
    """Straight pieces from (x1, y1) to (x2, y2). Style: width, dash, opacity, arrow=True for a head at the end."""
    return {"mark": "segments", "x1": x1, "y1": y1, "x2": x2, "y2": y2, "colour": colour, **style}


def dots(x: Any, y: Any, colour: Any = "h", **style: Any) -> Mark:
    """Discs. Style: r in pixels, opacity, stroke (a colour), value (fills by sign and size, from -1 to 1)."""
    return {"mark": "dots", "x": x, "y": y, "colour": colour, **style}


def rects(x: Any, y: Any, w: Any, h: Any, colour: Any = "h", **style: Any) -> Mark:
    """Rectangles with one corner at (x, y) and signed size (w, h). Style: opacity, stroke, value, round, crisp."""
    return {"mark": "rects", "x": x, "y": y, "w": w, "h": h, "colour": colour, **style}


def text(x: Any, y: Any, content: Any, colour: Any = "ink", **style: Any) -> Mark:
    """Words at (x, y). Style: anchor (start, middle, end), size, weight, opacity, dx and dy in pixels."""
    return {"mark": "text", "x": x, "y": y, "text": content, "colour": colour, **style}


def cells(values: Any, x: float, y: float, w: float, h: float, **style: Any) -> Mark:
    """A matrix as tinted cells, row 0 at y: column j, row k covers (x + j w, y + k h). Values from -1 to 1."""
    return {"mark": "cells", "values": values, "x": x, "y": y, "w": w, "h": h, **style}


def picture(source: Any, x: float, y: float, w: float, h: float, **style: Any) -> Mark:
    """A picture (a data address) whose upper left corner is (x, y) and whose size is (w, h) in the panel's units."""
    return {"mark": "picture", "source": source, "x": x, "y": y, "w": w, "h": h, **style}


def axes(
    marks: Sequence[Mark],
    *,
    x: tuple[float, float],
    y: tuple[float, float],
    title: str = "",
    xlabel: str = "",
    ylabel: str = "",
    xticks: Sequence[Any] | None = None,
    yticks: Sequence[Any] | None = None,
    width: int = 340,
    height: int = 250,
) -> Panel:
    """A panel with axes. Ticks are numbers or pairs (position, label); without them round numbers are chosen."""
    return {
        "w": width,
        "h": height,
        "axes": True,
        "x": list(x),
        "y": list(y),
        "title": title,
        "xlabel": xlabel,
        "ylabel": ylabel,
        "xticks": _labelled(_nice_ticks(*x) if xticks is None else xticks),
        "yticks": _labelled(_nice_ticks(*y) if yticks is None else yticks),
        "marks": list(marks),
    }


def diagram(marks: Sequence[Mark], *, width: int = 360, height: int = 220, title: str = "", row: bool = False) -> Panel:
    """A panel without axes: its units are pixels of a phone, y points down. With `row` it has a row of its own."""
    return {
        "w": width,
        "h": height,
        "axes": False,
        "x": [0, width],
        "y": [height, 0],
        "title": title,
        "row": row,
        "marks": list(marks),
    }


def render_panels(panels: Sequence[Panel], values: Values) -> str:
    """All panels of a figure as SVG elements beside or, on a narrow page, below one another."""
    grow = 1.6 if len(panels) == 1 else 1.15
    return "".join(_render_panel(panel, values, grow) for panel in panels)


def _nice_ticks(low: float, high: float) -> list[float]:
    low, high = min(low, high), max(low, high)
    raw = (high - low) / 4
    power = 10 ** floor(log10(raw))
    step = next(power * m for m in (1, 2, 2.5, 5, 10) if power * m >= raw * 0.999)
    first = -floor(-low / step + 1e-9)
    last = floor(high / step + 1e-9)
    return [round(k * step, 10) for k in range(first, last + 1)]


def _labelled(ticks: Sequence[Any]) -> list[list[Any]]:
    return [list(t) if isinstance(t, (list, tuple)) else [t, f"{t:g}".replace("-", "−")] for t in ticks]


def _number(value: float) -> str:
    """One decimal, halves up: the same digits in Python and in JavaScript."""
    tenth = floor(value * 10 + 0.5)
    whole, rest = divmod(abs(tenth), 10)
    return f"{'-' if tenth < 0 else ''}{whole}{f'.{rest}' if rest else ''}"


def _colour(name: str) -> str:
    return f"var(--rnn-{name},{PALETTE[name]})" if name in PALETTE else name


def _item(value: Any, index: int) -> Any:
    return value[index] if isinstance(value, list) else value


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and not isfinite(value))


def _render_panel(panel: Panel, values: Values, grow: float) -> str:
    W, H = panel["w"], panel["h"]
    left, right, top, bottom = (48, 12, 28 if panel["title"] else 12, 42) if panel["axes"] else (0, 0, 0, 0)
    (x0, x1), (y0, y1) = panel["x"], panel["y"]
    n = _number

    def sx(v: float) -> float:  # like sy, it keeps what leaves the panel on its edge
        v = min(max(v, min(x0, x1)), max(x0, x1))
        return left + (v - x0) / (x1 - x0) * (W - left - right)

    def sy(v: float) -> float:
        v = min(max(v, min(y0, y1)), max(y0, y1))
        return H - bottom - (v - y0) / (y1 - y0) * (H - top - bottom)

    if panel.get("row"):
        size = f"flex:1 1 100%;max-width:100%;max-height:{n(H * 1.3)}px"
    else:
        size = f"flex:1 1 {n(W * 0.9)}px;max-width:{n(W * grow)}px"
    out = [
        f'<svg class="rnn-panel" viewBox="0 0 {W} {H}" style="{size};min-width:0" '
        'font-family="inherit" aria-hidden="true" focusable="false">'
        f'<rect width="{W}" height="{H}" fill="{_colour("paper")}"/>'
    ]
    if panel["axes"]:
        for at, label in panel["xticks"]:
            out.append(
                f'<path d="M{n(sx(at))} {n(top)}V{n(H - bottom)}" stroke="{_colour("rule")}" stroke-width=".6"/>'
                f'<text x="{n(sx(at))}" y="{n(H - bottom + 14)}" text-anchor="middle" font-size="11" '
                f'fill="{_colour("muted")}">{escape(label)}</text>'
            )
        for at, label in panel["yticks"]:
            out.append(
                f'<path d="M{left} {n(sy(at))}H{W - right}" stroke="{_colour("rule")}" stroke-width=".6"/>'
                f'<text x="{left - 6}" y="{n(sy(at) + 3.5)}" text-anchor="end" font-size="11" '
                f'fill="{_colour("muted")}">{escape(label)}</text>'
            )
        out.append(
            f'<text x="{n((left + W - right) / 2)}" y="{H - 9}" text-anchor="middle" font-size="12" '
            f'fill="{_colour("ink")}">{escape(panel["xlabel"])}</text>'
            f'<text transform="translate(12 {n((top + H - bottom) / 2)}) rotate(-90)" text-anchor="middle" '
            f'font-size="12" fill="{_colour("ink")}">{escape(panel["ylabel"])}</text>'
        )
    if panel["title"]:
        out.append(
            f'<text x="{left or 8}" y="16" font-size="12.5" font-weight="600" '
            f'fill="{_colour("ink")}">{escape(panel["title"])}</text>'
        )
    for raw in panel["marks"]:
        mark = {k: values[v[1:]] if isinstance(v, str) and v[:1] == "$" else v for k, v in raw.items()}
        out.append(_MARKS[raw["mark"]](mark, sx, sy))
    return "".join(out) + "</svg>"


def _count(*attributes: Any) -> int:
    return max((len(a) for a in attributes if isinstance(a, list)), default=1)


def _style(mark: Mark, k: int) -> str:
    """Opacity and dash of item k."""
    opacity, dash = _item(mark.get("opacity"), k), mark.get("dash")
    return (f' opacity="{_hundredth(opacity)}"' if opacity is not None else "") + (
        f' stroke-dasharray="{dash}"' if dash else ""
    )


def _hundredth(value: float) -> str:
    return f"{floor(value * 100 + 0.5) / 100:g}"


def _draw_line(mark: Mark, sx: Any, sy: Any) -> str:
    pen, path = "M", []
    for k in range(_count(mark["x"], mark["y"])):
        x, y = _item(mark["x"], k), _item(mark["y"], k)
        if _missing(x) or _missing(y):
            pen = "M"
            continue
        path.append(f"{pen}{_number(sx(x))} {_number(sy(y))}")
        pen = "L"
    return (
        f'<path d="{"".join(path)}" fill="none" stroke="{_colour(mark["colour"])}" '
        f'stroke-width="{mark.get("width", 2)}" stroke-linejoin="round"{_style(mark, 0)}/>'
    )


def _draw_segments(mark: Mark, sx: Any, sy: Any) -> str:
    out = []
    for k in range(_count(mark["x1"], mark["y1"], mark["x2"], mark["y2"])):
        ends = [_item(mark[a], k) for a in ("x1", "y1", "x2", "y2")]
        if any(_missing(v) for v in ends):
            continue
        x1, y1, x2, y2 = sx(ends[0]), sy(ends[1]), sx(ends[2]), sy(ends[3])
        colour, width = _colour(_item(mark["colour"], k)), _item(mark.get("width", 1.5), k)
        out.append(
            f'<path d="M{_number(x1)} {_number(y1)}L{_number(x2)} {_number(y2)}" stroke="{colour}" '
            f'stroke-width="{_hundredth(width)}"{_style(mark, k)}/>'
        )
        length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
        if mark.get("arrow") and length > 1e-6:
            size = 4 + width
            u, v = (x2 - x1) / length * size, (y2 - y1) / length * size
            opacity = f' opacity="{_hundredth(_item(mark["opacity"], k))}"' if mark.get("opacity") is not None else ""
            out.append(
                f'<path d="M{_number(x2)} {_number(y2)}L{_number(x2 - u - v / 2)} {_number(y2 - v + u / 2)}'
                f'L{_number(x2 - u + v / 2)} {_number(y2 - v - u / 2)}Z" fill="{colour}"{opacity}/>'
            )
    return "".join(out)


def _fill(mark: Mark, k: int) -> str:
    """The fill of item k: its colour, or a tint of the sign's colour as strong as the value."""
    value = _item(mark.get("value"), k)
    if value is None:
        return f' fill="{_colour(_item(mark["colour"], k))}"'
    strength = min(abs(value), 1) * 0.7
    return f' fill="{_colour("pos" if value >= 0 else "neg")}" fill-opacity="{_hundredth(strength)}"'


def _stroke(mark: Mark, k: int) -> str:
    stroke = _item(mark.get("stroke"), k)
    return f' stroke="{_colour(stroke)}" stroke-width="{mark.get("width", 1.5)}"' if stroke else ""


def _draw_dots(mark: Mark, sx: Any, sy: Any) -> str:
    out = []
    for k in range(_count(mark["x"], mark["y"])):
        x, y = _item(mark["x"], k), _item(mark["y"], k)
        if _missing(x) or _missing(y):
            continue
        radius = _number(_item(mark.get("r", 4), k))
        out.append(
            f'<circle cx="{_number(sx(x))}" cy="{_number(sy(y))}" r="{radius}"'
            f"{_fill(mark, k)}{_stroke(mark, k)}{_style(mark, k)}/>"
        )
    return "".join(out)


def _draw_rects(mark: Mark, sx: Any, sy: Any) -> str:
    out, crisp = [], ' shape-rendering="crispEdges"' if mark.get("crisp") else ""
    for k in range(_count(mark["x"], mark["y"], mark["w"], mark["h"])):
        x, y, w, h = (_item(mark[a], k) for a in ("x", "y", "w", "h"))
        if any(_missing(v) for v in (x, y, w, h)):
            continue
        xa, xb, ya, yb = sx(x), sx(x + w), sy(y), sy(y + h)
        corner = f' rx="{mark["round"]}"' if mark.get("round") else ""
        out.append(
            f'<rect x="{_number(min(xa, xb))}" y="{_number(min(ya, yb))}" width="{_number(abs(xb - xa))}" '
            f'height="{_number(abs(yb - ya))}"{corner}{crisp}{_fill(mark, k)}{_stroke(mark, k)}{_style(mark, k)}/>'
        )
    return "".join(out)


def _draw_text(mark: Mark, sx: Any, sy: Any) -> str:
    out = []
    for k in range(_count(mark["x"], mark["y"], mark["text"])):
        x, y, words = _item(mark["x"], k), _item(mark["y"], k), _item(mark["text"], k)
        if _missing(x) or _missing(y) or words in (None, ""):
            continue
        weight = f' font-weight="{_item(mark["weight"], k)}"' if mark.get("weight") else ""
        out.append(
            f'<text x="{_number(sx(x) + mark.get("dx", 0))}" y="{_number(sy(y) + mark.get("dy", 0))}" '
            f'text-anchor="{mark.get("anchor", "start")}" font-size="{mark.get("size", 12)}"{weight} '
            f'fill="{_colour(_item(mark["colour"], k))}"{_style(mark, k)}>{escape(str(words))}</text>'
        )
    return "".join(out)


def _draw_cells(mark: Mark, sx: Any, sy: Any) -> str:
    out = []
    for k, row in enumerate(mark["values"]):
        for j, value in enumerate(row):
            if _missing(value):
                continue
            cell = {"x": mark["x"] + j * mark["w"], "y": mark["y"] + k * mark["h"], "w": mark["w"], "h": mark["h"]}
            out.append(_draw_rects({**cell, "value": value, "stroke": mark.get("stroke"), "width": 0.5}, sx, sy))
    return "".join(out)


def _draw_picture(mark: Mark, sx: Any, sy: Any) -> str:
    xa, xb = sx(mark["x"]), sx(mark["x"] + mark["w"])
    ya, yb = sy(mark["y"]), sy(mark["y"] + mark["h"])
    smooth = "" if mark.get("smooth", True) else ' style="image-rendering:pixelated"'
    return (
        f'<image href="{mark["source"]}" x="{_number(min(xa, xb))}" y="{_number(min(ya, yb))}" '
        f'width="{_number(abs(xb - xa))}" height="{_number(abs(yb - ya))}" preserveAspectRatio="none"'
        f"{smooth}{_style(mark, 0)}/>"
    )


_MARKS = {
    "line": _draw_line,
    "segments": _draw_segments,
    "dots": _draw_dots,
    "rects": _draw_rects,
    "text": _draw_text,
    "cells": _draw_cells,
    "picture": _draw_picture,
}
