"""What a network sees look by look: a picture with a box for each scale, what each box holds, how probable each digit.

A row for each look, of three parts that stand beside or, on a phone, below one another. Pictures are ink on paper; on
dark pages `static/figures.css` makes them light on dark, as the network has them.
"""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import pixels
from .looked import percent
from .svg import PALETTE

Array = NDArray[np.float64]

SCALES = ("c", "z", "y")  # colours of the boxes, the smallest first
AROUND = 6  # pixels of the picture's surroundings that are drawn
ROW = "display:flex;flex-wrap:wrap;gap:.4rem 1.2rem;align-items:center;padding:.5rem 0"
LARGE, SMALL = 216, 64  # of the picture and of what a box holds, in pixels of the page
HIGH, COLUMN = 56, 19  # of the bars


class Seen(NamedTuple):
    """One look."""

    centre: Array  # (2,), row and column in the picture's pixels
    patches: Array  # (J, S, S), 0 to 1
    p: Array  # (K,), how probable each digit is then


def row(image: Array, looks: Sequence[Seen], digit: int) -> str:
    """The row of the last of these looks at a picture (Y, X); `digit` is what stands there."""
    now, likeliest = looks[-1], int(np.argmax(looks[-1].p))
    said = f"<small>look {len(looks)}</small><b>{likeliest} {'✓' if likeliest == digit else '✗'}</b>"
    parts = (scene(image, looks), held(now.patches), bars(now.p, digit))
    style = ROW if len(looks) == 1 else f"{ROW};border-top:1px solid {colour('rule')}"
    return f'<div class="rnn-glimpse" style="{style}"><p style="margin:0">{said}</p>{"".join(parts)}</div>'


def scene(image: Array, looks: Sequence[Seen]) -> str:
    """The picture, the way that the looks went over it, and the boxes of the last one."""
    Y, X = image.shape
    size = looks[-1].patches.shape[1]
    places = [(float(one.centre[1]) + 0.5, float(one.centre[0]) + 0.5) for one in looks]  # a pixel's middle
    x, y = places[-1]
    sides = [size * 2**j for j in range(len(looks[-1].patches))]
    marks = [f'<image href="{picture(image)}" width="{X}" height="{Y}" style="image-rendering:pixelated"/>']
    marks += [f'<rect width="{X}" height="{Y}" fill="none" stroke="{colour("rule")}" stroke-width=".5"/>']
    for name, width in ((colour("paper"), 1.7), (None, 0.8)):  # a line on paper is seen on ink as well
        for j, side in enumerate(sides):
            corner = f'x="{x - side / 2:.2f}" y="{y - side / 2:.2f}" width="{side}" height="{side}"'
            line = f'stroke="{name or colour(SCALES[j % len(SCALES)])}" stroke-width="{width}"'
            marks.append(f'<rect {corner} rx=".6" fill="none" {line}/>')
    way = " ".join(f"{a:.2f},{b:.2f}" for a, b in places)
    marks.append(f'<polyline points="{way}" fill="none" stroke="{colour("bad")}" stroke-width=".5"/>')
    marks += [f'<circle cx="{a:.2f}" cy="{b:.2f}" r=".7" fill="{colour("bad")}"/>' for a, b in places[:-1]]
    outline = f'stroke="{colour("paper")}" stroke-width=".5"'
    marks.append(f'<circle cx="{x:.2f}" cy="{y:.2f}" r="1.2" fill="{colour("bad")}" {outline}/>')
    box = f"{-AROUND} {-AROUND} {X + 2 * AROUND} {Y + 2 * AROUND}"
    return f'<svg viewBox="{box}" width="{LARGE}" height="{LARGE}" aria-hidden="true">{"".join(marks)}</svg>'


def held(patches: Array) -> str:
    """What each box holds, the smallest first, in a frame of its colour."""
    marks = list[str]()
    for j, patch in enumerate(patches):
        y = j * (SMALL + 5) + 2
        place = f'x="2" y="{y}" width="{SMALL}" height="{SMALL}"'
        marks.append(f'<image href="{picture(patch)}" {place} style="image-rendering:pixelated"/>')
        name = colour(SCALES[j % len(SCALES)])
        marks.append(f'<rect {place} rx="2" fill="none" stroke="{name}" stroke-width="2.5"/>')
    height = len(patches) * (SMALL + 5)
    box = f'viewBox="0 0 {SMALL + 4} {height}" width="{SMALL + 4}" height="{height}"'
    return f'<svg {box} aria-hidden="true">{"".join(marks)}</svg>'


def bars(p: Array, digit: int) -> str:
    """A column for each digit; a line under the one that stands in the picture."""
    likeliest, marks = int(np.argmax(p)), list[str]()
    for k, share in enumerate(map(float, p)):
        x, h = k * COLUMN + 3, max(share * HIGH, 0.6)
        faint = "" if k == likeliest else ' opacity=".55"'
        size = f'x="{x}" y="{HIGH + 14 - h:.1f}" width="{COLUMN - 6}" height="{h:.1f}"'
        marks.append(f'<rect {size} rx="1.5" fill="{colour("h")}"{faint}/>')
        bold, ink = (' font-weight="700"', "ink") if k in (likeliest, digit) else ("", "muted")
        marks.append(words(x + COLUMN / 2 - 3, HIGH + 28, str(k), ink, bold))
    at = min(max(likeliest * COLUMN + COLUMN / 2, 18), 10 * COLUMN - 18)
    marks.append(words(at, HIGH + 10 - float(p[likeliest]) * HIGH, percent(float(p[likeliest])), "ink"))
    x = digit * COLUMN + 4
    marks.append(
        f'<path d="M{x} {HIGH + 33}h{COLUMN - 8}" stroke="{colour("good")}" stroke-width="3" stroke-linecap="round"/>'
    )
    box = f'viewBox="0 0 {10 * COLUMN} {HIGH + 37}" style="flex:1 1 {10 * COLUMN}px;min-width:0;max-width:17rem"'
    return f'<svg {box} aria-hidden="true">{"".join(marks)}</svg>'


def words(x: float, y: float, said: str, ink: str, more: str = "") -> str:
    """Words in the middle of x."""
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="middle" font-size="12"'
    return f'<text {place}{more} fill="{colour(ink)}">{escape(said)}</text>'


def legend(scales: int = 3) -> list[tuple[str, str]]:
    """Samples: of each box, of the way, of the line under a digit."""
    named = ("sharp: a sample a pixel", "a sample each 2 × 2 pixels", "a sample each 4 × 4 pixels")
    pairs = [*zip(SCALES[:scales], named, strict=False), ("bad", "where it looked"), ("good", "what stands there")]
    return [(f'<span class="rnn-swatch" style="background:{colour(name)}"></span>', said) for name, said in pairs]


def picture(values: Array) -> str:
    """Values 0 to 1 as ink on nothing."""
    return pixels.tint(np.asarray(values, np.float64), PALETTE["ink"], strongest=1.0)


def colour(name: str) -> str:
    """A colour of the palette; a dark page's style sheet says it anew."""
    return f"var(--rnn-{name},{PALETTE[name]})"
