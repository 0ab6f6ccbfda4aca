"""Chapter 13: one day in several languages, and the letters that the decoder looks at for each sign."""

from collections.abc import Sequence

import numpy as np

from .figure import InteractiveFigure
from .parameters import Choice, Steps
from .svg import cells, diagram, rects, segments, text
from .values import Values

Reading = tuple[str, str, Sequence[str], np.ndarray]  # language, text, signs, weights (signs, letters), rows sum to 1
LEFT, WIDTH, GAP, END = 42, 312, 20, "end"
CLEAR = 0.2  # the weight from which a line of an earlier sign stays
DAY = "2024-03-07"


def drawn(language: str, letters: str, looks: Sequence[int], width: float = 0.5) -> Reading:
    """A reading set by hand (not learned): each sign of DAY looks around the letter with this number, from 0."""
    scores = -((np.arange(len(letters)) - np.array(looks)[:, None]) ** 2) / (2 * width**2)
    weights = np.exp(scores)
    return language, letters, DAY, weights / weights.sum(1, keepdims=True)


BY_HAND = (
    drawn("English, of Britain", "7 march 2024", (8, 9, 10, 11, 7, 2, 4, 6, 1, 0)),
    drawn("English, of America", "march 7, 2024", (9, 10, 11, 12, 8, 0, 2, 5, 5, 6)),
    drawn("Hungarian", "2024. március 7.", (0, 1, 2, 3, 4, 6, 8, 12, 13, 14)),
    drawn("Japanese", "2024年3月7日", (0, 1, 2, 3, 4, 4, 5, 6, 6, 7)),
)


def attention_map(readings: Sequence[Reading] | None = None) -> InteractiveFigure:
    """Choose a language, write a day sign by sign, see where the decoder looks; without readings, some set by hand.

    readings : tuples (language, text, signs, weights) with weights (len(signs), len(text)), rows summing to 1; the
        sign "" is the end. Keep it to about eight texts of at most 30 letters.
    """
    given = {one[0]: one for one in (BY_HAND if readings is None else readings)}
    longest, most = (max(len(one[k]) for one in given.values()) for k in (1, 2))
    step, row = min(24, WIDTH / longest), min(20, 220 / most)
    top, size = 28, min(15, round(step))

    def look(language: str, t: int) -> Values:
        _, letters, signs, weights = given[language]
        shown, now = [sign or END for sign in signs], min(t, len(signs)) - 1
        weights = np.asarray(weights, dtype=float)
        beams = np.zeros(len(letters)) if now < 0 else weights[now]
        sign_x, spell_x = _centred(len(signs), GAP), _centred(len(letters), step)
        sign_x = [x + GAP / 2 * (sign == "") for x, sign in zip(sign_x, signs, strict=True)]  # "end" is wide
        k_seen, j_seen = (list(map(int, axis)) for axis in np.nonzero(weights >= CLEAR))
        return {
            "letters": list(letters),
            "letter_x": [LEFT + step * (j + 0.5) for j in range(len(letters))],
            "signs": shown,
            "sign_x": sign_x,
            "written": [float(k <= now) for k in range(len(signs))],
            "ink": ["y" if k == now else "ink" for k in range(len(signs))],
            "spell_x": spell_x,
            "from_x": sign_x[max(now, 0)],
            "beam_width": [0.3 + 6 * float(v) for v in beams],
            "beam_on": beams,
            "past_from": [sign_x[k] for k in k_seen],
            "past_to": [spell_x[j] for j in j_seen],
            "past_on": [0.5 * float(weights[k, j]) * (k < now) for k, j in zip(k_seen, j_seen, strict=True)],
            "rows": np.round(weights, 2),
            "row_y": [top + row * k for k in range(len(signs))],
            "name_y": [top + row * (k + 0.5) + 4 for k in range(len(signs))],
            "hidden": [float(k > now) for k in range(len(signs))],
            "words": f"“{letters}” has been read; nothing is written yet."
            if now < 0
            else f"Sign {now + 1} of {len(signs)}, “{shown[now]}”: looks most at {_most(letters, beams)}.",
        }

    return InteractiveFigure(
        name="attention_map",
        function=look,
        parameters=(
            Choice("language", "language", tuple((name, name) for name in given), next(iter(given))),
            Steps("t", "signs written", most, most),
        ),
        panels=(
            diagram(
                [
                    text("$sign_x", 22, "$signs", "$ink", anchor="middle", size=16, weight=700, opacity="$written"),
                    segments("$past_from", 30, "$past_to", 118, "muted", opacity="$past_on"),
                    segments("$from_x", 30, "$spell_x", 118, "gradient", width="$beam_width", opacity="$beam_on"),
                    text("$spell_x", 136, "$letters", "ink", anchor="middle", size=size, weight=600),
                ],
                height=148,
            ),
            diagram(
                [
                    text("$letter_x", top - 8, "$letters", "ink", anchor="middle", size=size),
                    cells("$rows", LEFT, top, step, row, stroke="rule"),
                    rects(LEFT - 1, "$row_y", step * longest + 2, row + 1, "paper", opacity="$hidden"),
                    text(LEFT - 8, "$name_y", "$signs", "$ink", anchor="end", size=13, weight=600, opacity="$written"),
                ],
                height=int(top + row * most + 6),
            ),
        ),
        legend=(
            ("y", "sign written last"),
            ("gradient", "where it looks"),
            ("muted", "where earlier ones looked"),
            ("pos", "weight"),
        ),
        caption="One day in several languages. Its signs are written in the same order; where the decoder looks for "
        "them goes by the language's own." + (" These looks are set by hand." if readings is None else ""),
        alt=_seen(*next(iter(given.values()))),
        readout="{words}",
        interval=700,
    )


def _centred(count: int, gap: float) -> list[float]:
    """Places beside one another, in the middle of a panel."""
    return [180 + gap * (k - (count - 1) / 2) for k in range(count)]


def _most(letters: str, weights: np.ndarray) -> str:
    best = int(weights.argmax())
    name = "a space" if letters[best] == " " else f"“{letters[best]}”"
    return f"{name}, letter {best + 1} of {len(letters)} ({weights[best]:.2f})"


def _seen(language: str, letters: str, signs: Sequence[str], weights: np.ndarray) -> str:
    """The first picture in words: the whole answer is written."""
    places = ", ".join(str(int(best) + 1) for best in np.argmax(weights, axis=1))
    return (
        f"The day {''.join(signs)} above the letters of “{letters}”, with a line from each sign to the letters that it "
        f"looks at. Beside it a map with a row of tinted cells for each sign; the strongest cells of its rows stand "
        f"at letters {places}."
    )
