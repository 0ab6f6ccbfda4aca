"""Chapters 1 and 11: the sliding window and its blind spot; reversal within the lengths of a batch."""

import numpy as np

from .figure import InteractiveFigure
from .parameters import Choice, Slider, Steps
from .svg import axes, diagram, dots, rects, segments, text
from .values import Values

COINS = np.array([1 if side == "+" else -1 for side in "+--+-++--+---+-++-+++--+-+--++"])
T_SERIES = len(COINS)


def window_on_series(k: int, lag: int, t: int) -> Values:
    """A window of the last k values at step t, and whether it contains the value `lag` steps back."""
    now = t
    seen = lag <= k
    start, cause = now - k, now - lag
    return {
        "window_x": start - 0.5,
        "window_w": k,
        "target_x": [now],
        "cause_x": [cause],
        "cause_colour": "good" if seen else "bad",
        "arrow_x1": [cause],
        "arrow_x2": [now],
        "blind_w": start,
        "words": f"The window holds coins {start} to {now - 1}. To be said at step {now} is coin {cause}: "
        + ("inside, so a model of the window can say it." if seen else "out of sight, and no other coin tells of it."),
    }


WINDOW_PORT = """
const now = p.t, seen = p.lag <= p.k, start = now - p.k, cause = now - p.lag;
return {
  window_x: start - 0.5, window_w: p.k, target_x: [now], cause_x: [cause], cause_colour: seen ? "good" : "bad",
  arrow_x1: [cause], arrow_x2: [now], blind_w: start,
  words: `The window holds coins ${start} to ${now - 1}. To be said at step ${now} is coin ${cause}: ` +
    (seen ? "inside, so a model of the window can say it." : "out of sight, and no other coin tells of it."),
};
"""


def sliding_window() -> InteractiveFigure:
    """Sliders: the window's length k, the distance of the cause, and the step that is predicted (playable)."""
    steps, coins = np.arange(T_SERIES), 0.6 * COINS
    return InteractiveFigure(
        name="sliding_window",
        function=window_on_series,
        parameters=(
            Slider("k", "window length *k*", 1, 10, 1, 4),
            Slider("lag", "steps back to the cause", 1, 10, 1, 6),
            Steps("t", "predicted step", T_SERIES - 1, 16, first=10),
        ),
        panels=(
            axes(
                [
                    rects(-0.5, -1.25, "$blind_w", 2.5, "muted", opacity=0.16),
                    rects("$window_x", -1.25, "$window_w", 2.5, "h", opacity=0.18),
                    segments("$steps", 0, "$steps", "$coins", "x", width=1.2),
                    dots("$steps", "$coins", "x", r=3),
                    segments("$arrow_x1", 1.0, "$arrow_x2", 1.0, "$cause_colour", arrow=True, width=2),
                    segments("$cause_x", -1.25, "$cause_x", 1.0, "$cause_colour", width=1.2, dash="3 2"),
                    segments("$target_x", -1.25, "$target_x", 1.25, "y", width=2),
                    text("$cause_x", 1.05, "cause", "$cause_colour", anchor="middle", dy=-3, weight=600),
                    text(0, -1.1, "blind spot", "muted", size=11),
                ],
                x=(-0.5, T_SERIES - 0.5),
                y=(-1.25, 1.25),
                title="What a window of k coins can know",
                xlabel="step t",
                ylabel="coin: heads up, tails down",
                yticks=(),
                width=420,
                height=260,
            ),
        ),
        constants={"steps": steps, "coins": coins},
        legend=(("h", "window"), ("y", "step to predict"), ("good", "cause in sight"), ("bad", "cause out of sight")),
        caption="The coins are independent, so a window of *k* of them says nothing about the coin *k* + 1 steps back: "
        "such a cause cannot be learned, with any amount of data.",
        alt="Thirty coins in a row, heads up and tails down, in no order. A blue band marks the four coins before the "
        "step to be predicted; the cause, six steps back, lies left of the band in the grey blind spot.",
        readout="{words}",
        port=WINDOW_PORT,
        interval=700,
    )


WORDS = (("th", "ey", "w", "on"), ("he", "r", "an"), ("w", "e"))


def reversed_batch(way: str, t: int) -> Values:
    """Three padded sequences: as they are, reversed as a whole block, or reversed within their lengths."""
    T = 6
    names, owners = [], []
    for row, word in enumerate(WORDS):
        padded = [*word, *["0"] * (T - len(word))]
        order = list(range(T))
        if way == "block":
            order.reverse()
        elif way == "lengths":
            order[: len(word)] = reversed(order[: len(word)])
        names += [padded[k] for k in order]
        owners += [row if k < len(word) else -1 for k in order]
    read = [k % T < t for k in range(3 * T)]
    wasted = [sum(owners[row * T + k] < 0 for k in range(min(t, T))) for row in range(3)]
    return {
        "names": names,
        "colours": ["rule" if owner < 0 else ("h", "gradient", "i")[owner] for owner in owners],
        "shade": [(0.22, 0.75)[r] if o >= 0 else (0.35, 0.9)[r] for r, o in zip(read, owners, strict=True)],
        "head_x": 60 + 46 * min(t, T),
        "words": f"After {t} steps the three rows have read {', '.join(map(str, wasted))} padding symbols."
        + (" Short rows begin with padding: their state is spoilt before the first sound." if way == "block" else ""),
    }


def reverse_lengths() -> InteractiveFigure:
    """Choice of the reversal, and a reading head that moves through the padded batch."""
    columns = [60 + 46 * (k % 6) for k in range(18)]
    rows = [40 + 44 * (k // 6) for k in range(18)]
    return InteractiveFigure(
        name="reverse_lengths",
        function=reversed_batch,
        parameters=(
            Choice(
                "way",
                "order of the steps",
                (("forward", "as it is"), ("block", "whole block reversed"), ("lengths", "reversed within lengths")),
                "block",
            ),
            Steps("t", "steps read", 6, 2),
        ),
        panels=(
            diagram(
                [
                    text([8, 8, 8], [64, 108, 152], ["length 4", "length 3", "length 2"], "muted", size=11),
                    rects(columns, rows, 42, 36, "$colours", opacity="$shade", round=6),
                    text([c + 21 for c in columns], [r + 23 for r in rows], "$names", "ink", anchor="middle", size=14),
                    segments("$head_x", 30, "$head_x", 178, "y", width=2.5),
                    text("$head_x", 24, "read so far", "y", anchor="middle", size=11),
                ],
                width=360,
                height=190,
            ),
        ),
        legend=(("h", "row 1"), ("gradient", "row 2"), ("i", "row 3"), ("rule", "padding, 0")),
        caption="Turned round as a block, a padded batch begins with padding. Reversed within its length, each row "
        "begins with its own last symbol and the padding stays at the end.",
        alt="Three rows of symbols with lengths four, three and two, padded to six. Reversed as a block, all rows "
        "start with grey padding cells.",
        readout="{words}",
    )
