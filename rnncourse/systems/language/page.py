"""What a page shows of this system: the stored model continues a reader's text, each character by its surprise.

NumPy alone, as live.py: it runs in the page's Python.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnncourse.systems import weights
from rnncourse.systems.language import live
from rnncourse.widgets import surprise
from rnncourse.widgets.parameters import Slider
from rnncourse.widgets.player import Piece, Player
from rnncourse.widgets.settings import Setting, Whole, Words

EXAMPLE = Path(__file__).with_name("example.json")
EVERY = 20  # characters between two looks at the mean
SETTINGS: tuple[Setting, ...] = (
    Words("start", "Start of the text", "KING\nThe night is long, my lords, and", rows=3),
    Slider("temperature", "Temperature (0: always the likeliest character)", 0.0, 1.5, 0.05, 0.7),
    Whole("length", "Characters", 1, 2000, 300),
    Whole("seed", "Seed", 0, 2**32 - 1, 1),
)
CAPTION = (
    "The stored model continues a text, one character after the other. The paper and the line under a character say "
    "how many bits it cost: −log₂ of the probability that the model gave it (at temperature 1, whatever it was drawn "
    "at). What is bold was given, and cost bits as well."
)


def continued(model: str = "plays") -> Player:
    """A form that continues what a reader begins, above an example that stands still."""
    made = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    return player(standing(made["text"], made["bits"], len(made["settings"]["start"])), model)


def player(example: Sequence[Piece], model: str = "plays") -> Player:
    """The form, with another example."""
    return Player(
        name="continued",
        model=f"language/{model}",
        play=f"{__name__}:play",
        settings=SETTINGS,
        act="Continue",
        example=example,
        perform=lambda settings: play(weights.playing(f"language/{model}"), **settings),
        command='python -m rnncourse.systems.language sample --start "…" --temperature 0.7 --seed 1',
        caption=CAPTION,
        legend=surprise.legend(),
    )


def play(model: Any, *, start: str, temperature: float, length: int, seed: int) -> Iterator[Piece]:
    """Read `start`, write `length` characters more, and say what each cost.

    temperature : 0 takes the likeliest character, 1 draws from the model's own probabilities.

    Raises
    ------
    ValueError : a temperature or a length that is out of range.
    """
    if not (np.isfinite(temperature) and temperature >= 0):
        raise ValueError(f"temperature: {temperature}, expected a number of at least 0")
    if length < 0:
        raise ValueError(f"length: {length}, expected at least 0")
    text, bits, ended = "", list[float](), ""
    yield {"picture": "", "details": "", "label": "Nothing is written yet."}
    try:
        for one, much in written(model, start, temperature, length, seed):
            piece = {"add": surprise.character(one, much, given=len(text) < len(start))}
            if (len(text) + 1) % EVERY == 0:
                piece |= below(text + one, [*bits, much], said([*bits, much], len(start), []))
            bits.append(much)  # counted when nothing is left to do but to hand it over: Stop may come at any time
            text += one
            yield piece
    except KeyboardInterrupt:
        ended = "Stopped. "
    unknown = [one for one in start if one not in model.characters]
    yield below(text, bits) | {"words": ended + said(bits, len(start), unknown)}


def written(model: Any, start: str, temperature: float, length: int, seed: int) -> Iterator[tuple[str, float]]:
    """Each character of the start, then each one that is drawn, as `live.generate` draws it; with its cost in bits."""
    rng = np.random.default_rng(seed)
    logits, state = live.step(model, model.code("\n"))
    for t in range(len(start) + length):
        code = model.code(start[t]) if t < len(start) else live.sample(logits[:-1], temperature, rng)
        yield start[t] if t < len(start) else model.character(code), cost(logits, code)
        logits, state = live.step(model, code, state)


def cost(logits: NDArray[Any], code: int) -> float:
    """−log₂ of the probability of one character, logits (K,)."""
    shifted = logits.astype(np.float64) - float(logits.max())
    return float((np.log(np.exp(shifted).sum()) - shifted[code]) / np.log(2))


def standing(text: str, bits: Sequence[float], given: int) -> list[Piece]:
    """The pieces of a text that was made once."""
    pairs = enumerate(zip(text, bits, strict=True))
    picture = "".join(surprise.character(one, much, given=t < given) for t, (one, much) in pairs)
    return [{"picture": picture}, below(text, bits) | {"words": said(bits, given, [])}]


def below(text: str, bits: Sequence[float], so_far: str = "") -> dict[str, str]:
    """What stands below the text, and what a screen reader reads in the text's place."""
    most = f"The most surprising of all:{surprise.listed(text, bits)}" if bits else ""
    return {"label": text.strip() or "An empty text.", "details": (f"<p>{so_far}</p>" if so_far else "") + most}


def said(bits: Sequence[float], given: int, unknown: Sequence[str]) -> str:
    """How much was read and written, at how many bits a character; and what the model does not know."""
    parts = []
    for what, some in (("written", bits[given:]), ("given", bits[:given])):
        if some:
            parts.append(f"{len(some)} character{'s' * (len(some) > 1)} {what}, {np.mean(some):.2f} bits each")
    known = f" The model does not know {', '.join(f'“{one}”' for one in dict.fromkeys(unknown))}." if unknown else ""
    return "; ".join(parts) + "." + known if parts else "Nothing is written."


def example(model: Any) -> dict[str, Any]:
    """What example.json holds: the settings' first values, and the text that the model makes of them with its bits."""
    settings: dict[str, Any] = {setting.name: setting.value for setting in SETTINGS}
    made = list(written(model, **settings))
    return {"settings": settings, "text": "".join(one for one, _ in made), "bits": [round(much, 2) for _, much in made]}
