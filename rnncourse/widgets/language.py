"""Chapter 12: a message becomes an interval, and the interval a few binary digits."""

from fractions import Fraction
from math import log2

from .figure import InteractiveFigure
from .parameters import Choice, Steps
from .svg import diagram, rects, segments, text
from .values import Values

MESSAGE = "aababaca"
LETTERS = "abc"
BELIEFS = {  # what each reader expects of every letter: exact, so that no digit depends on a rounding
    "usual": (Fraction(6, 10), Fraction(3, 10), Fraction(1, 10)),
    "none": (Fraction(1, 3),) * 3,
    "wrong": (Fraction(1, 10), Fraction(3, 10), Fraction(6, 10)),
}
LEFT, WIDTH, TOP, ROW = 20, 320, 40, 27


def intervals(belief: str, t: int) -> Values:
    """The interval after t letters; row k shows the interval after k letters, drawn at full width, and its parts."""
    p = BELIEFS[belief]
    edges = [sum(p[:j], Fraction(0)) for j in range(4)]
    low, width = Fraction(0), Fraction(1)
    x, w, y, chosen = list[float](), list[float](), list[float](), list[float]()
    fan_x, fan_y, wedge_x, wedge_y = list[float](), list[float](), list[float](), list[float]()
    for k in range(len(MESSAGE)):
        letter = LETTERS.index(MESSAGE[k])
        for j in range(3):
            x.append(LEFT + WIDTH * float(edges[j]))
            w.append(WIDTH * float(p[j]))
            y.append(TOP + ROW * k)
            chosen.append(0.0 if k >= t else 0.6 if j == letter else 0.12)
        if k < t:
            ends = LEFT + WIDTH * float(edges[letter]), LEFT + WIDTH * float(edges[letter + 1])
            fan_x += ends
            fan_y += [TOP + ROW * k + 14] * 2
            wedge_x += [LEFT, LEFT + WIDTH]
            wedge_y += [TOP + ROW * (k + 1)] * 2
            low, width = low + width * edges[letter], width * p[letter]
    settled = shared_digits(low, low + width)
    bits = log2(1 / width)
    words = (
        f"{MESSAGE[:t]} is the interval from {float(low):.6f} to {float(low + width):.6f}: {bits:.2f} bits narrow, "
        f"settled binary digits: {settled or 'none'} ({len(settled)})."
        if t
        else "Before the first letter the interval is all from 0 to 1."
    )
    return {
        "x": x,
        "w": w,
        "y": y,
        "opacity": chosen,
        "shown": [1.0 if k < t else 0.25 for k in range(len(MESSAGE)) for _ in range(3)],
        "label_x": [a + b / 2 for a, b in zip(x, w, strict=True)],
        "label_y": [a + 11 for a in y],
        "fan_x": fan_x,
        "fan_y": fan_y,
        "wedge_x": wedge_x,
        "wedge_y": wedge_y,
        "bits": bits,
        "digits": len(settled),
        "words": words,
    }


def shared_digits(low: Fraction, high: Fraction) -> str:
    """The binary digits after the point that all numbers from low up to high (not included) begin with."""
    digits = ""
    while high - low < 1:
        low, high = 2 * low, 2 * high
        if low >= 1:
            low, high, digits = low - 1, high - 1, digits + "1"
        elif high <= 1:
            digits += "0"
        else:
            break
    return digits


def coding_interval() -> InteractiveFigure:
    """Letter by letter the interval shrinks to the part of the next one; a choice says what was expected."""
    rows = [TOP + ROW * k for k in range(len(MESSAGE))]
    return InteractiveFigure(
        name="coding_interval",
        function=intervals,
        parameters=(
            Choice(
                "belief",
                "expected of each letter",
                (
                    ("usual", "a 60 %, b 30 %, c 10 %"),
                    ("none", "a third each"),
                    ("wrong", "a 10 %, b 30 %, c 60 %"),
                ),
                "usual",
            ),
            Steps("t", "letters coded", len(MESSAGE), 3),
        ),
        panels=(
            diagram(
                [
                    text(LEFT, 14, "0", "muted", anchor="middle", size=11),
                    text(LEFT + WIDTH, 14, "1", "muted", anchor="middle", size=11),
                    text(
                        LEFT + WIDTH / 2,
                        14,
                        "each row: the interval so far, at full width",
                        "muted",
                        anchor="middle",
                        size=11,
                    ),
                    segments("$fan_x", "$fan_y", "$wedge_x", "$wedge_y", "muted", width=0.8),
                    rects("$x", "$y", "$w", 14, "h", opacity="$opacity"),
                    rects("$x", "$y", "$w", 14, "none", stroke="ink", width=0.8, opacity="$shown"),
                    text(
                        "$label_x",
                        "$label_y",
                        list(LETTERS) * len(MESSAGE),
                        "ink",
                        anchor="middle",
                        size=10,
                        opacity="$shown",
                    ),
                    text(
                        LEFT + WIDTH + 14,
                        [y + 11 for y in rows],
                        list(MESSAGE),
                        "ink",
                        anchor="middle",
                        size=12,
                        weight=700,
                    ),
                ],
                width=370,
                height=TOP + ROW * len(MESSAGE) + 4,
            ),
        ),
        legend=(("h", "the part of the letter that comes"),),
        caption="Coding the message *aababaca*. The interval narrows to the part of the letter that comes; the "
        "next row shows that part at full width. What was expected costs little width, what was not costs much.",
        alt="Eight rows, each a bar from 0 to 1 in three parts, a, b and c. In the first three rows the part of the "
        "letter that comes, a, a, b, is filled, and lines fan out from it to the whole width of the next row.",
        readout="{words}",
        interval=1200,
    )
