"""Strokes as SVG: a smooth line through the points of each, standing still, or drawn again as the pen went.

The colours are the page's own where it has them, so that they follow light and dark.
"""

import math
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
INK, RULE, PEN = "var(--rnn-ink, #1F2937)", "var(--rnn-rule, #C9C5BA)", "var(--rnn-neg, #D55E00)"
CORNER = 75.0  # degrees: a line that turns more than this keeps its corner
SPEED = 130  # units a second: how fast the pen of a drawing that draws itself is
LIFTED = 0.12  # seconds between two strokes
MOVES = (
    "@keyframes rnn-ink{from{stroke-dashoffset:1;opacity:0}1%{opacity:1}to{stroke-dashoffset:0}}"
    ".rnn-ink{stroke-dasharray:1 1;animation:rnn-ink linear both}"
    "@media (prefers-reduced-motion:reduce){.rnn-ink{animation:none}}"
    "@media print{.rnn-ink{animation:none}}"
)


def path(points: Array, corner: float = CORNER) -> str:
    """The SVG path of one stroke (P, 2): from point to point, smooth but at corners; one point alone is a dot."""
    points = np.asarray(points, float)
    steps = np.diff(points, axis=0)
    lengths = np.hypot(*steps.T) if len(steps) else np.zeros(0)
    kept = np.concatenate([[True], lengths > 1e-9])
    points, steps, lengths = points[kept], steps[kept[1:]], lengths[kept[1:]]
    start = f"M{_spelt(points[0])}"
    if not len(steps):
        return f"{start}l0 0"
    along = steps / lengths[:, None]
    cosine = (along[:-1] * along[1:]).sum(axis=1).clip(-1, 1)
    smooth = np.degrees(np.arccos(cosine)) < corner
    between = (along[:-1] + along[1:]) / np.maximum(np.hypot(*(along[:-1] + along[1:]).T), 1e-9)[:, None]
    inner = smooth[:, None]
    leaves = np.concatenate([along[:1], np.where(inner, between, along[1:])])
    comes = np.concatenate([np.where(inner, between, along[:-1]), along[-1:]])
    third = lengths[:, None] / 3
    first, second = points[:-1] + third * leaves, points[1:] - third * comes
    pieces = zip(first, second, points[1:], strict=True)
    return start + "".join(f"C{_spelt(a)} {_spelt(b)} {_spelt(c)}" for a, b, c in pieces)


def svg(
    strokes: Sequence[Array],
    *,
    size: tuple[float, float],
    label: str = "",
    width: float = 3.0,
    corner: float = CORNER,
    paper: bool = False,
    animated: bool = False,
    begin: float = 0.3,
    behind: str = "",
    pen: Array | None = None,
    style: str = "",
) -> str:
    """A picture of strokes, each (P, 2) with x to the right and y downwards, on a sheet of `size` (width, height).

    label : what a screen reader says; "" where something around it says so.
    corner : degrees, a line that turns more keeps its corner.
    paper : the square in which characters are practised, with its dashed middle lines.
    animated : it draws itself once, stroke by stroke; still where motion is not wanted, and in print.
    begin : seconds before it draws itself.
    behind : SVG below the ink.  pen : (2,) where the pen is now.
    """
    wide, high = size
    said = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:g} {high:g}" {said} style="{style}">',
        f"<style>{MOVES}</style>" if animated else "",
        _paper(wide, high) if paper else "",
        behind,
        f'<g fill="none" stroke="{INK}" stroke-width="{width:g}" stroke-linecap="round" stroke-linejoin="round">',
    ]
    for stroke in strokes:
        seconds = _seconds(stroke)
        timed = f' class="rnn-ink" style="animation-duration:{seconds:.2f}s;animation-delay:{begin:.2f}s"'
        parts.append(f'<path d="{path(stroke, corner)}" pathLength="1"{timed if animated else ""}/>')
        begin += seconds + LIFTED
    parts.append("</g>")
    if pen is not None:
        parts.append(f'<circle cx="{pen[0]:.1f}" cy="{pen[1]:.1f}" r="{width:g}" fill="{PEN}"/>')
    return "".join([*parts, "</svg>"])


def lasts(strokes: Sequence[Array]) -> float:
    """How many seconds a picture of these strokes draws itself."""
    return sum(_seconds(stroke) + LIFTED for stroke in strokes)


def _seconds(stroke: Array) -> float:
    return max(0.08, float(np.hypot(*np.diff(stroke, axis=0).T).sum()) / SPEED) if len(stroke) > 1 else 0.08


def in_turn(drawings: Sequence[Sequence[Array]]) -> list[float]:
    """When each picture begins, in seconds, so that one draws itself after the other."""
    return [0.3 + sum(map(lasts, drawings[:k])) for k in range(len(drawings))]


def cloud(ellipses: Sequence[tuple[float, Array, Array]], *, least: float = 0.02) -> str:
    """Gaussians (weight, centre, covariance) as ellipses of two deviations, the likelier the stronger."""
    shown = []
    for weight, centre, covariance in ellipses:
        if weight < least:
            continue
        (short, long), axes = np.linalg.eigh(covariance)
        turn = math.degrees(math.atan2(axes[1, 1], axes[0, 1]))
        radii = f'rx="{2 * math.sqrt(max(long, 1e-6)):.1f}" ry="{2 * math.sqrt(max(short, 1e-6)):.1f}"'
        place = f"translate({centre[0]:.1f} {centre[1]:.1f}) rotate({turn:.0f})"
        shown.append(f'<ellipse {radii} transform="{place}" fill="{PEN}" opacity="{0.08 + 0.42 * weight:.2f}"/>')
    return "".join(shown)


def _paper(wide: float, high: float) -> str:
    lines = f"M{wide / 2:g} 0V{high:g}M0 {high / 2:g}H{wide:g}"
    return (
        f'<rect x=".5" y=".5" width="{wide - 1:g}" height="{high - 1:g}" fill="none" stroke="{RULE}"/>'
        f'<path d="{lines}" fill="none" stroke="{RULE}" stroke-dasharray="3 3"/>'
    )


def _spelt(point: Array) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"
