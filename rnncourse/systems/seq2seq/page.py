"""What a page shows of this system: the stored network reads a reader's date, and where it looks for each sign.

NumPy alone, as live.py: it runs in the page's Python.
"""

import json
import math
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rnncourse.systems import weights
from rnncourse.systems.seq2seq import live
from rnncourse.widgets import looked
from rnncourse.widgets.player import Piece, Player
from rnncourse.widgets.settings import Setting, Words

EXAMPLE = Path(__file__).with_name("example.json")
PACE = 0.1  # seconds a sign: the network is faster than eyes are
LONGEST = 60  # signs of a text
OFFERS = (
    ("hu", "2024. március 7., csütörtök"),
    ("uk", "четвер, 7 березня 2024 р."),
    ("ja", "2024年3月7日木曜日"),
    ("eu", "2024(e)ko martxoaren 7(a)"),
    ("es", "7 de marzo de 2024"),
    ("en", "30 February 2024"),
)
SETTINGS: tuple[Setting, ...] = (
    Words("text", "A date, as people write it", "Thursday, 7 March 2024", rows=1, longest=LONGEST, offers=OFFERS),
)
CAPTION = (
    "The stored network reads a date and writes it as numbers. A row for each sign that it writes, with all letters of "
    "the text: the stronger a letter's shade, the more the decoder looked at it before it wrote the sign. At the row's "
    "end stands the probability that it gave to the sign."
)


def read_dates(model: str = "dates") -> Player:
    """A form that reads a reader's date, above an example that stands still."""
    made = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    return player(standing(made["settings"]["text"], made["read"], [live.Sign(*one) for one in made["signs"]]), model)


def player(example: Sequence[Piece], model: str = "dates") -> Player:
    """The form, with another example."""
    return Player(
        name="read_dates",
        model=f"seq2seq/{model}",
        play=f"{__name__}:play",
        settings=SETTINGS,
        act="Read",
        example=example,
        perform=lambda settings: play(weights.playing(f"seq2seq/{model}"), **settings),
        command='python -m rnncourse.systems.seq2seq date "7 March 2024" --beam 1',
        caption=CAPTION,
        legend=looked.legend(),
    )


def play(model: live.Model, *, text: str) -> Iterator[Piece]:
    """Read a text, write its answer sign by sign, and say where the network looked.

    Raises
    ------
    ValueError : an empty or too long text; a network without attention.
    """
    if not model.attention:
        raise ValueError("this network has no attention: it cannot show where it looks")
    if len(text) > LONGEST:
        raise ValueError(f"text: {len(text)} signs, at most {LONGEST}")
    plain, signs, ended = model.task.plain(text), list[live.Sign](), ""
    yield {"picture": "", "details": "", "label": "Nothing is written yet."}
    try:
        for sign in live.read(model, plain):
            signs.append(sign)
            yield {"picture": picture(plain, signs)}
            time.sleep(PACE)
    except KeyboardInterrupt:
        ended = "Stopped. "
    words = ended + said(text, signs, model.source.unknown(plain), ended=bool(ended))
    yield {"picture": picture(plain, signs)} | below(text, plain, signs) | {"words": words}


def standing(text: str, plain: str, signs: Sequence[live.Sign]) -> list[Piece]:
    """The pieces of a text that was read once."""
    return [{"picture": picture(plain, signs)}, below(text, plain, signs) | {"words": said(text, signs, [])}]


def picture(plain: str, signs: Sequence[live.Sign]) -> str:
    """The answer so far, and a row of the map for each of its signs."""
    rows = (looked.row(one.sign, plain, _weights(one), math.exp(one.log_p)) for one in signs)
    return f'<p class="rnn-answer">{answer(signs) or "…"}</p>{"".join(rows)}'


def below(text: str, plain: str, signs: Sequence[live.Sign]) -> dict[str, str]:
    """What stands below the map, and what a screen reader reads in the map's place."""
    lines = [looked.said(one.sign, plain, _weights(one)) for one in signs]
    label = f"“{text.strip()}” is read as {answer(signs)}. Where each sign looked most: {'; '.join(lines)}."
    return {"label": label if signs else "Nothing is written.", "details": looked.listed(lines) if signs else ""}


def said(text: str, signs: Sequence[live.Sign], unknown: Sequence[str], *, ended: bool = False) -> str:
    """The answer, how probable it is, and what is wrong with it."""
    if not signs:
        return "Nothing is written."
    found, log_p = answer(signs), sum(one.log_p for one in signs)
    sure = f"probability {looked.percent(math.exp(log_p))}, log p = {_minus(log_p)}"
    parts = [f"“{text.strip()}” is read as {found} ({sure})."]
    if unknown:
        parts.append(f"No training text has {', '.join(f'“{one}”' for one in unknown)}.")
    if not ended and not live.is_day(found):
        parts.append("There is no such day.")
    return " ".join(parts)


def answer(signs: Sequence[live.Sign]) -> str:
    """The signs as one text."""
    return "".join(one.sign for one in signs)


def example(model: live.Model) -> dict[str, Any]:
    """What example.json holds: the settings' first values, the text as it is read, and each sign with its look."""
    settings: dict[str, Any] = {setting.name: setting.value for setting in SETTINGS}
    plain = model.task.plain(settings["text"])
    signs = [(one.sign, round(one.log_p, 4), [round(w, 2) for w in _weights(one)]) for one in live.read(model, plain)]
    return {"settings": settings, "read": plain, "signs": signs}


def _weights(sign: live.Sign) -> list[float]:
    return [] if sign.weights is None else list(map(float, sign.weights))


def _minus(value: float) -> str:
    return f"{value:.3f}".replace("-0.000", "0.000").replace("-", "−")
