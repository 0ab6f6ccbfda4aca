"""What a page shows of this system: the stored network looks at a picture, look by look, and says what it reads.

NumPy alone, as live.py: it runs in the page's Python.
"""

import json
import time
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from rnncourse.systems import weights
from rnncourse.systems.glimpses import live, shown
from rnncourse.widgets import glimpsed
from rnncourse.widgets.looked import percent
from rnncourse.widgets.parameters import Choice, Slider
from rnncourse.widgets.player import Piece, Player
from rnncourse.widgets.settings import Setting

EXAMPLE = Path(__file__).with_name("example.json")
PACE = 0.5  # seconds a look: the network is faster than eyes are
MOST = 8  # looks
TWELVE = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11: no pieces", "12: sixteen pieces")
SETTINGS: tuple[Setting, ...] = (
    Choice("picture", "Picture", tuple((k + 1, words) for k, words in enumerate(TWELVE)), 1),
    Slider("looks", "Looks (it was trained with 4)", 1, MOST, 1, 4),
    Choice("places", "It looks", (("own", "where it wants to"), ("middle", "always at the middle")), "own"),
)
CAPTION = (
    "The stored network reads the one whole digit of a picture. A row for each look: the picture with three boxes, "
    "what the network gets of each box, 12 × 12 samples however large it is, and the probability that it gives each "
    "digit. Kept at the middle, it is the same network with the same weights. The digits are Alpaydin's and Kaynak's "
    "(1998, UCI, doi 10.24432/C50P49, CC BY 4.0)."
)


def look_around(model: str = "gradient") -> Player:
    """A form that lets the stored network look at a picture, above an example that stands still."""
    made = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    looks = zip(*(map(np.array, made[name]) for name in ("centres", "patches", "p")), strict=True)
    return player(standing(made["settings"], [live.Look(*one) for one in looks]), model)


def player(example: Sequence[Piece], model: str = "gradient") -> Player:
    """The form, with another example."""
    return Player(
        name="look_around",
        model=f"glimpses/{model}",
        play=f"{__name__}:play",
        settings=SETTINGS,
        act="Look",
        example=example,
        perform=lambda settings: play(weights.playing(f"glimpses/{model}"), **settings),
        command="python -m rnncourse.systems.glimpses look FILE",
        caption=CAPTION,
        legend=glimpsed.legend(),
    )


def play(model: live.Model, *, picture: int, looks: int, places: str) -> Iterator[Piece]:
    """Look at one of the twelve pictures, a row for each look, and say what was read.

    looks : how often, 1 to MOST.  places : "own" or "middle".

    Raises
    ------
    ValueError : no such picture, number of looks or places.
    """
    image, digit, centre = _picture(picture)
    looks = int(looks)  # a kernel's slider gives 4.0
    if not 1 <= looks <= MOST or places not in ("own", "middle"):
        raise ValueError(f"{looks} looks, places {places!r}: expected 1 to {MOST}, own or middle")
    seen, ended = list[live.Look](), ""
    yield {"picture": "", "details": "", "label": "It has not looked yet."}
    try:
        for one in live.look(model, image, looks, held=places == "middle"):
            seen.append(one)
            yield {"add": glimpsed.row(image, _seen(seen), digit)}
            time.sleep(PACE)
    except KeyboardInterrupt:
        ended = "Stopped. "
    yield (
        {"picture": rows(image, seen, digit)}
        | below(seen, digit, centre)
        | {"words": ended + said(seen, digit, centre)}
    )


def standing(settings: dict[str, Any], seen: Sequence[live.Look]) -> list[Piece]:
    """The pieces of a picture that was looked at once."""
    image, digit, centre = _picture(settings["picture"])
    picture = {"picture": rows(image, seen, digit)}
    return [picture, below(seen, digit, centre) | {"words": said(seen, digit, centre)}]


def rows(image: np.ndarray, seen: Sequence[live.Look], digit: int) -> str:
    """A row for each look."""
    return "".join(glimpsed.row(image, _seen(seen[: t + 1]), digit) for t in range(len(seen)))


def below(seen: Sequence[live.Look], digit: int, centre: np.ndarray) -> dict[str, str]:
    """What stands below the rows, and what a screen reader reads in their place."""
    if not seen:
        return {"label": "It has not looked.", "details": ""}
    lines = [_line(t, one, centre) for t, one in enumerate(seen)]
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    label = f"A picture with {_a(digit)} at row {centre[0]:.0f}, column {centre[1]:.0f}. {' '.join(lines)}"
    return {"label": label, "details": f"<details><summary>The same in words</summary><ul>{items}</ul></details>"}


def said(seen: Sequence[live.Look], digit: int, centre: np.ndarray) -> str:
    """What is read at the end, whether it is right, how near the last look was."""
    if not seen:
        return "It has not looked."
    last, many = seen[-1], "1 look" if len(seen) == 1 else f"{len(seen)} looks"
    read = int(np.argmax(last.p))
    ended = "which is right" if read == digit else f"but it is {_a(digit)}"
    return (
        f"After {many} it reads {read} (probability {percent(float(last.p[read]))}), {ended}. "
        f"Its last look was {_pixels(last, centre)} from the digit's middle."
    )


def example(model: live.Model) -> dict[str, Any]:
    """What example.json holds: the settings' first values, and of each look where it was, what it saw, what it read."""
    settings: dict[str, Any] = {setting.name: setting.value for setting in SETTINGS}
    seen = list(live.look(model, _picture(settings["picture"])[0], int(settings["looks"])))
    digits = {"centre": 2, "patches": 2, "p": 3}
    centres, patches, p = ([getattr(one, name).round(k).tolist() for one in seen] for name, k in digits.items())
    return {"settings": settings, "centres": centres, "p": p, "patches": patches}


def _picture(number: int) -> tuple[np.ndarray, int, np.ndarray]:
    """One of the twelve: the picture, its digit, where that stands."""
    pictures, k = shown.load(), number - 1
    if not 0 <= k < len(pictures.labels):
        raise ValueError(f"picture: {number}, expected 1 to {len(pictures.labels)}")
    return pictures.images[k].astype(np.float64), int(pictures.labels[k]), pictures.centres[k]


def _seen(looks: Sequence[live.Look]) -> list[glimpsed.Seen]:
    return [glimpsed.Seen(*one) for one in looks]


def _line(t: int, one: live.Look, centre: np.ndarray) -> str:
    order = np.argsort(-one.p, kind="stable")[:2]
    digits = ", ".join(f"{k} {percent(float(one.p[k]))}" for k in order)
    row, column = (round(float(at)) for at in one.centre)
    return f"Look {t + 1}, at row {row}, column {column}, {_pixels(one, centre)} from the digit: {digits}."


def _a(digit: int) -> str:
    return f"{'an' if digit == 8 else 'a'} {digit}"


def _pixels(one: live.Look, centre: np.ndarray) -> str:
    distance = round(float(np.linalg.norm(one.centre - centre)))
    return f"{distance} pixel{'' if distance == 1 else 's'}"
