"""Chapter 13 and chapter 14: where a decoder looks, in a word's spelling and in a picture."""

from collections.abc import Sequence

import numpy as np

from .figure import InteractiveFigure
from .parameters import Choice, Slider, Steps
from .pixels import png_from_rgba
from .svg import diagram, picture, rects, segments, text
from .values import Values

Spelling = tuple[str, Sequence[str], np.ndarray]  # letters, sounds, weights (sounds, letters) whose rows sum to 1
Caption = tuple[
    str, np.ndarray, Sequence[str], np.ndarray
]  # name, RGBA (rows, columns, 4) uint8, words, maps (words, g, g)


def drawn_spelling(letters: str, sounds: Sequence[str], centres: Sequence[float], width: float = 0.7) -> Spelling:
    """An alignment set by hand (not learned): each sound looks at the letters around its centre."""
    scores = -((np.arange(len(letters)) - np.array(centres)[:, None]) ** 2) / (2 * width**2)
    weights = np.exp(scores)
    return letters, sounds, weights / weights.sum(1, keepdims=True)


BY_HAND = (
    drawn_spelling("thought", ("TH", "AO", "T"), (0.5, 3.2, 6)),
    drawn_spelling("phone", ("F", "OW", "N"), (0.5, 2, 3.2)),
    drawn_spelling("knight", ("N", "AY", "T"), (0.8, 2.6, 5)),
)


def attention_spelling(examples: Sequence[Spelling] | None = None) -> InteractiveFigure:
    """Play a word's sounds and see the letters that each looks at; without examples, alignments set by hand.

    examples : triples (letters, sounds, weights) with weights (len(sounds), len(letters)), rows summing to 1.
    """
    words = list(BY_HAND if examples is None else examples)
    longest, most = max(len(w[0]) for w in words), max(len(w[1]) for w in words)
    step = min(40, 300 / longest)
    row = min(26, 150 / most)

    def look(word: str, sharp: float, t: int) -> Values:
        letters, sounds, weights = next(w for w in words if w[0] == word)
        weights = np.asarray(weights, dtype=float) ** sharp
        weights = weights / weights.sum(1, keepdims=True)
        shown = [
            [round(float(v), 2) if k < t else 0.0 for v in weights[k]] if k < len(sounds) else [] for k in range(most)
        ]
        now = min(t, len(sounds)) - 1
        beams = np.zeros(len(letters)) if now < 0 else weights[now]
        best = letters[int(beams.argmax())] if now >= 0 else ""
        return {
            "letters": list(letters),
            "letter_x": [60 + step * (j + 0.5) for j in range(len(letters))],
            "beam_x": [60 + step * (j + 0.5) for j in range(len(letters))],
            "beam_width": [round(0.3 + 7 * float(v), 1) for v in beams],
            "beam_on": [round(float(v), 2) if now >= 0 else 0.0 for v in beams],
            "from_x": [60 + step * len(letters) / 2] * len(letters),
            "now": sounds[now] if now >= 0 else "",
            "now_x": 60 + step * len(letters) / 2,
            "rows": shown,
            "sounds": [s if k < t else "" for k, s in enumerate(sounds)],
            "words": f"“{word}” has been read; nothing is spoken yet."
            if now < 0
            else f"Sound {now + 1} of {len(sounds)}, {sounds[now]}: looks most at “{best}” ({beams.max():.2f}).",
        }

    note = " These alignments are set by hand." if examples is None else ""
    return InteractiveFigure(
        name="attention_spelling",
        function=look,
        parameters=(
            Choice("word", "word", tuple((w[0], w[0]) for w in words), words[0][0]),
            Slider("sharp", "sharpness (1 is as given)", 0, 3, 0.5, 1),
            Steps("t", "sounds spoken", most, 2),
        ),
        panels=(
            diagram(
                [
                    text(["$now_x"][0], 22, "$now", "y", anchor="middle", size=18, weight=700),
                    segments("$from_x", 30, "$beam_x", 76, "gradient", width="$beam_width", opacity="$beam_on"),
                    text("$letter_x", 96, "$letters", "ink", anchor="middle", size=18, weight=600),
                    {"mark": "cells", "values": "$rows", "x": 60, "y": 108, "w": step, "h": row, "stroke": "rule"},
                    text(12, [108 + row * (k + 0.5) + 4 for k in range(most)], "$sounds", "y", size=12, weight=600),
                ],
                width=int(74 + step * longest),
                height=int(118 + row * most),
            ),
        ),
        legend=(("y", "sound spoken"), ("gradient", "where it looks now"), ("pos", "attention weight")),
        caption=f"For each sound the decoder weighs all letters of the word anew; the weights of a row sum to "
        f"one.{note}",
        alt=f"The letters of “{words[0][0]}” with lines from the present sound to the letters it looks at; "
        "below, a row of tinted cells for each sound, tinted roughly along a diagonal.",
        readout="{words}",
        interval=1000,
    )


def drawn_captions() -> list[Caption]:
    """A made-up picture, a red disc left of a blue square, with maps set by hand."""
    rows, columns = np.mgrid[:48, :48]
    image = np.zeros((48, 48, 4), np.uint8)
    image[(rows - 24) ** 2 + (columns - 13) ** 2 < 81] = (213, 94, 0, 255)
    image[(abs(rows - 24) < 9) & (abs(columns - 35) < 9)] = (0, 114, 178, 255)
    grid = np.arange(6)

    def spot(column: float, width: float) -> np.ndarray:
        far = (grid[:, None] - 2.5) ** 2 + (grid[None] - column) ** 2
        weights = np.exp(-far / (2 * width**2))
        return weights / weights.sum()

    maps = np.stack([spot(2.5, 9), spot(1, 1), spot(1, 0.9), spot(2.5, 1.4), spot(4, 0.9), spot(4, 1), spot(2.5, 9)])
    return [("disc and square", image, ("a", "red", "disc", "beside a", "blue", "square", "⟨end⟩"), maps)]


def captioning_steps(examples: Sequence[Caption] | None = None) -> InteractiveFigure:
    """Play a caption word by word over its picture; without examples, one made-up picture.

    examples : tuples (name, image, words, maps): image (rows, columns, 4) uint8, maps (len(words), g, g) summing to 1
    a word; `maps` may be None for a decoder without attention. Keep it to about six pictures of 72 × 72.
    """
    given = list(drawn_captions() if examples is None else examples)
    most = max(len(e[2]) for e in given)
    grids = [1 if e[3] is None else int(np.shape(e[3])[1]) for e in given]
    sources = {e[0]: png_from_rgba(np.asarray(e[1])) for e in given}
    side, line_height = 190, 190 / max(most, 7)

    def speak(t: int, name: str = given[0][0]) -> Values:
        _, _, words, maps = next(e for e in given if e[0] == name)
        g = grids[[e[0] for e in given].index(name)]
        now = min(t, len(words)) - 1
        looked = np.zeros((g, g)) if now < 0 or maps is None else np.asarray(maps, dtype=float)[now]
        strength = looked / looked.max() if looked.max() > 0 else looked
        even = maps is not None and now >= 0 and looked.max() < 2 / g**2
        cell = side / g
        where = np.unravel_index(int(looked.argmax()), looked.shape)
        place = (
            f"{('top', 'middle', 'bottom')[int(3 * where[0] / g)]} {('left', 'centre', 'right')[int(3 * where[1] / g)]}"
        )
        return {
            "picture": sources[name],
            "cell_x": [10 + cell * (k % g) for k in range(g * g)],
            "cell_y": [10 + cell * (k // g) for k in range(g * g)],
            "cell_side": cell,
            "veil": np.round(0.6 * (1 - strength.ravel()) * (now >= 0 and maps is not None and not even), 2),
            "words_so_far": [w if k <= now else "" for k, w in enumerate(words)],
            "ink": ["gradient" if k == now else "ink" for k in range(len(words))],
            "words": "The picture has been read; no word is written yet."
            if now < 0
            else f"Word {now + 1}: “{words[now]}”"
            + ("." if maps is None else ", looking everywhere." if even else f", looking at the {place}."),
        }

    note = " The picture and its maps are made up." if examples is None else ""
    return InteractiveFigure(
        name="captioning_steps",
        function=speak,
        parameters=(
            *([Choice("name", "picture", tuple((e[0], e[0]) for e in given), given[0][0])] if len(given) > 1 else []),
            Steps("t", "words written", most, min(3, most)),
        ),
        panels=(
            diagram(
                [
                    rects(10, 10, side, side, "white", stroke="rule", width=1),
                    picture("$picture", 10, 10, side, side, smooth=False),
                    rects("$cell_x", "$cell_y", "$cell_side", "$cell_side", "paper", opacity="$veil", crisp=True),
                    text(
                        218, [26 + line_height * k for k in range(most)], "$words_so_far", "$ink", size=15, weight=600
                    ),
                ],
                width=360,
                height=side + 20,
            ),
        ),
        legend=(("gradient", "the word being written"),),
        caption="A caption is written word by word. The part of the picture that the present word looks at "
        f"stays clear, the rest is veiled.{note}",
        alt=f"The picture “{given[0][0]}” with all but one part veiled; beside it the first words of its "
        "caption, the last one marked.",
        readout="{words}",
        interval=1000,
    )
