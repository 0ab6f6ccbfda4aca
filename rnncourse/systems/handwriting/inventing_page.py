"""What a page shows of inventing: a stored network draws characters that nobody has written, stroke by stroke.

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
from rnncourse.widgets.settings import Setting, Whole

EXAMPLE = Path(__file__).with_name("inventing_example.json")
PACE = 0.03  # seconds a point
SIDE = 109.0
STYLE = "width: 8.5rem; max-width: 31%; margin: .3rem .6rem .3rem 0; vertical-align: top"
Strokes = list[live.Array]
SETTINGS: tuple[Setting, ...] = (
    Whole("number", "Characters", 1, 12, 4),
    Slider("bias", "How neat: the bias *b*", 0.0, 2.0, 0.1, 0.5),
    Whole("seed", "Seed", 0, 2**32 - 1, 15),
)
CAPTION = (
    "The stored network has read how some 5,800 real characters are written. It draws others, one stroke after the "
    "other; the clouds say where it thinks that the pen may go. Whether a character exists after all is not checked "
    "here. Learned from KanjiVG by Ulrich Apel and contributors; network and drawings: CC BY-SA 4.0."
)


def invent_character(model: str = "inventor") -> Player:
    """A form that draws characters that do not exist, above an example that draws itself."""
    made = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    every = [[np.array(stroke) for stroke in strokes] for strokes in made["characters"]]
    return player(standing(every, made["settings"]["bias"]), model)


def player(example: Sequence[Piece], model: str = "inventor") -> Player:
    """The form, with another example."""
    return Player(
        name="invent_character",
        model=f"handwriting/{model}",
        play=f"{__name__}:play",
        settings=SETTINGS,
        act="Invent",
        example=example,
        perform=lambda settings: play(weights.playing(f"handwriting/{model}"), **settings),
        command="python -m rnncourse.systems.handwriting invent --number 4 --bias 0.5 --out characters.svg",
        caption=CAPTION,
    )


def play(model: live.Model, *, number: int, bias: float, seed: int) -> Iterator[Piece]:
    """Draw so many characters one after the other, and say how many strokes they have."""
    made, ended = list[Strokes](), ""
    yield {"picture": "", "label": "Nothing is drawn yet."}
    try:
        for k in range(number):
            done, places, pens = "".join(map(still, made)), list[live.Array](), list[int]()
            for point in live.draw(model, 1, _hand(seed, k), bias=bias):
                places.append(point.place[0])
                pens.append(int(point.did[0]))
                yield {"picture": done + moving(model, live.strokes(np.array(places), np.array(pens)), point, bias)}
                time.sleep(PACE)
            made.append(live.strokes(np.array(places), np.array(pens)))
    except KeyboardInterrupt:
        ended = "Stopped. "
    said = words(made, bias)
    yield {"picture": "".join(map(still, made)), "words": ended + said, "label": said}


def _hand(seed: int, k: int) -> np.random.Generator:
    """A character does not depend on those before it."""
    return np.random.default_rng([seed, k])


def invented(model: live.Model, number: int, bias: float, seed: int) -> list[Strokes]:
    """So many characters, each a list of strokes (P, 2), y downwards."""
    found = []
    for k in range(number):
        (one,) = live.drawn(live.draw(model, 1, _hand(seed, k), bias=bias))
        found.append(live.strokes(*one))
    return found


def still(strokes: Strokes, **more: Any) -> str:
    """One character on its square of paper; more for `drawing.svg`."""
    return drawing.svg(strokes, size=(SIDE, SIDE), width=4, paper=True, style=STYLE, **more)


def moving(model: live.Model, strokes: Strokes, point: live.Point, bias: float) -> str:
    """One character so far, the Gaussians that its last point was drawn from, and the pen."""
    clouds, pen = drawing.cloud(live.ellipses(model, point, bias=bias)), point.place[0]
    return still(strokes, behind=clouds, pen=pen)


def sheet(every: Sequence[Strokes], *, animated: bool = True, label: str = "", columns: int = 6) -> str:
    """All characters in rows, as a file of its own."""
    gap = SIDE + 6
    placed = [
        stroke + np.array([k % columns * gap, k // columns * gap])
        for k, strokes in enumerate(every)
        for stroke in strokes
    ]
    rows, across = -(-len(every) // columns), min(columns, len(every))
    return drawing.svg(placed, size=(gap * across, gap * rows), width=4, animated=animated, label=label)


def words(every: Sequence[Strokes], bias: float) -> str:
    """What was drawn, in one sentence."""
    if not every:
        return "Nothing is drawn."
    *others, last = [str(len(strokes)) for strokes in every]
    if not others:
        return f"One character of {last} strokes was drawn with bias {bias:g}."
    return f"{len(every)} characters of {', '.join(others)} and {last} strokes were drawn with bias {bias:g}."


def standing(every: Sequence[Strokes], bias: float) -> list[Piece]:
    """The pieces of characters that were drawn once: they draw themselves."""
    said = words(every, bias)
    shown = (still(one, animated=True, begin=at) for one, at in zip(every, drawing.in_turn(every), strict=True))
    return [{"picture": "".join(shown), "words": said, "label": said}]


def example(model: live.Model) -> dict[str, Any]:
    """What inventing_example.json holds: the settings' first values, and the strokes that they give."""
    settings: dict[str, Any] = {setting.name: setting.value for setting in SETTINGS}
    made = invented(model, **settings)
    return {"settings": settings, "characters": [[stroke.round(1).tolist() for stroke in one] for one in made]}
