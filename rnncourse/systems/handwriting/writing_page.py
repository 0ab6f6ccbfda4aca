"""What a page shows of writing: a stored network writes the digits that a reader types, point by point.

NumPy alone, as writing_live.py: it runs in the page's Python.
"""

import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rnncourse.systems import weights
from rnncourse.systems.handwriting import drawing
from rnncourse.systems.handwriting import writing_live as live
from rnncourse.widgets.parameters import Slider
from rnncourse.widgets.player import Piece, Player
from rnncourse.widgets.settings import Setting, Whole, Words

EXAMPLE = Path(__file__).with_name("writing_example.json")
PACE = 0.08  # seconds a point: the network is faster than eyes are
LONGEST = 12  # digits
SLIM, MARGIN = 0.66, 14  # a digit's width over its height, which the data do not keep; units around it
ROUND = 130.0  # degrees: eight points a digit leave few corners that are meant
SIZE = (100 * SLIM + 2 * MARGIN, 100.0 + 2 * MARGIN)
STYLE = "width: 6.2rem; max-width: 24%; overflow: visible; vertical-align: top"
SETTINGS: tuple[Setting, ...] = (
    Words("text", "Digits to write", "2026", rows=1, longest=LONGEST),
    Slider("bias", "How neat: the bias *b*", 0.0, 2.0, 0.1, 0.5),
    Whole("seed", "Seed", 0, 2**32 - 1, 3),
)
CAPTION = (
    "The stored network writes the digits that are asked for, eight points each. The clouds are the Gaussians from "
    "which the last point was drawn, the likelier the stronger, out to two deviations. A larger bias makes the likely "
    "likelier and the clouds smaller."
)


def write_digits(model: str = "writer") -> Player:
    """A form that writes a reader's digits, above an example that draws itself."""
    made = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    ways = [np.array(way) for way in made["ways"]]
    return player(standing(made["settings"]["text"], made["settings"]["bias"], ways), model)


def player(example: Sequence[Piece], model: str = "writer") -> Player:
    """The form, with another example."""
    return Player(
        name="write_digits",
        model=f"handwriting/{model}",
        play=f"{__name__}:play",
        settings=SETTINGS,
        act="Write",
        example=example,
        perform=lambda settings: play(weights.playing(f"handwriting/{model}"), **settings),
        command="python -m rnncourse.systems.handwriting write 2026 --bias 0.5 --out digits.svg",
        caption=CAPTION,
    )


def play(model: live.Model, *, text: str, bias: float, seed: int) -> Iterator[Piece]:
    """Write the digits of a text one after the other, and say what was written.

    Raises
    ------
    ValueError : a text without digits, with other signs, or too long a one.
    """
    meant, ways, ended = labels(text), list[live.Array](), ""
    yield {"picture": "", "label": "Nothing is written yet."}
    try:
        for label, rng in zip(meant, hands(seed, len(meant)), strict=True):
            done, way = "".join(map(still, ways)), list[live.Array]()
            for point in live.draw(model, 1, rng, classes=np.array([label]), bias=bias):
                way.append(point.place[0])
                yield {"picture": done + moving(model, way, point, bias)}
                time.sleep(PACE)
            ways.append(np.array(way))
    except KeyboardInterrupt:
        ended = "Stopped. "
    said = words(meant[: len(ways)], bias, ways)
    yield {"picture": "".join(map(still, ways)), "words": ended + said, "label": said}


def labels(text: str) -> list[int]:
    """The digits of a text, blanks left out; ValueError for any other sign, none or too many."""
    signs = "".join(text.split())
    if wrong := sorted({sign for sign in signs if sign not in "0123456789"}):
        raise ValueError(f"only the digits 0 to 9 can be written, not {', '.join(map(repr, wrong))}")
    if not 1 <= len(signs) <= LONGEST:
        raise ValueError(f"{len(signs)} digits to write, expected 1 to {LONGEST}")
    return [int(sign) for sign in signs]


def hands(seed: int, number: int) -> list[np.random.Generator]:
    """A generator for each digit: what one looks like does not depend on those before it."""
    return [np.random.default_rng([seed, k]) for k in range(number)]


def written(model: live.Model, text: str, bias: float, seed: int) -> list[live.Array]:
    """The digits of a text as their points, (T, 2) each, on a square of 100 units, y upwards."""
    found = []
    for label, rng in zip(labels(text), hands(seed, LONGEST), strict=False):
        ((way, _),) = live.drawn(live.draw(model, 1, rng, classes=np.array([label]), bias=bias))
        found.append(way)
    return found


def on_paper(way: live.Array) -> live.Array:
    """Points (…, 2) of a digit's square, y upwards, on its sheet, y downwards and slimmer."""
    return np.array([MARGIN, MARGIN + 100]) + way * [SLIM, -1]


def still(way: live.Array) -> str:
    """One digit, as it was written."""
    return drawing.svg([on_paper(way)], size=SIZE, width=5, corner=ROUND, style=STYLE)


def moving(model: live.Model, way: Sequence[live.Array], point: live.Point, bias: float) -> str:
    """One digit so far, the Gaussians that its last point was drawn from, and the pen."""
    turn = np.diag([SLIM, -1.0])
    clouds = [
        (weight, on_paper(centre), turn @ covariance @ turn)
        for weight, centre, covariance in live.ellipses(model, point, bias=bias)
    ]
    ink = on_paper(np.array(way))
    return drawing.svg([ink], size=SIZE, width=5, corner=ROUND, behind=drawing.cloud(clouds), pen=ink[-1], style=STYLE)


def sheet(ways: Sequence[live.Array], *, animated: bool = True, label: str = "") -> str:
    """All digits on one line, as a file of its own."""
    wide = SIZE[0] - MARGIN
    strokes = [on_paper(way) + np.array([k * wide, 0]) for k, way in enumerate(ways)]
    size = (wide * len(ways) + MARGIN, SIZE[1])
    return drawing.svg(strokes, size=size, width=5, corner=ROUND, animated=animated, label=label)


def words(meant: Sequence[int], bias: float, ways: Sequence[live.Array]) -> str:
    """What was written, in one sentence."""
    if not ways:
        return "Nothing is written."
    points = sum(map(len, ways))
    return f"The digits {' '.join(map(str, meant))} were written with bias {bias:g}, {points} points in all."


def standing(text: str, bias: float, ways: Sequence[live.Array]) -> list[Piece]:
    """The pieces of digits that were written once: they draw themselves."""
    said, every = words(labels(text), bias, ways), [[on_paper(way)] for way in ways]
    look: dict[str, Any] = {"size": SIZE, "width": 5, "corner": ROUND, "style": STYLE, "animated": True}
    shown = (drawing.svg(one, begin=at, **look) for one, at in zip(every, drawing.in_turn(every), strict=True))
    return [{"picture": "".join(shown), "words": said, "label": said}]


def example(model: live.Model) -> dict[str, Any]:
    """What writing_example.json holds: the settings' first values, and the points that they give."""
    settings: dict[str, Any] = {setting.name: setting.value for setting in SETTINGS}
    return {"settings": settings, "ways": [way.round(1).tolist() for way in written(model, **settings)]}
