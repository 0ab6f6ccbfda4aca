"""Chapter 4: which arrow joins one step to the next, and what can be computed at the same time."""

from .figure import InteractiveFigure
from .parameters import Choice, Steps
from .svg import diagram, rects, segments, text
from .values import Values

T = 5
COLUMN = [44 + 70 * k for k in range(T)]
ROW = {"y": 44, "h": 104, "x": 164}
SAYING = {
    "hidden": "h → h: the whole state crosses to the next step, and each step must wait for the one before it.",
    "output": "y → h: only the output crosses, a narrower channel, and each step still has to wait.",
    "forced": "y → h in training: the true outputs are known, so all steps are computed at once.",
}


def rounds(scheme: str, t: int) -> Values:
    """Which nodes are ready after t rounds in which everything that can be computed is computed."""
    h_at, y_at = [0] * T, [0] * T
    for k in range(T):
        if scheme == "forced":
            h_at[k] = 1
        elif scheme == "hidden":
            h_at[k] = 1 if k == 0 else h_at[k - 1] + 1
        else:
            h_at[k] = 1 if k == 0 else y_at[k - 1] + 1
        y_at[k] = h_at[k] + 1
    return {
        "h_on": [0.9 if at <= t else 0.12 for at in h_at],
        "y_on": [0.9 if at <= t else 0.12 for at in y_at],
        "hidden_on": [0.95 * (scheme == "hidden")] * (T - 1),
        "output_on": [0.95 * (scheme == "output")] * (T - 1),
        "forced_on": [0.95 * (scheme == "forced")] * (T - 1),
        "targets": ["y*"] * (T - 1) if scheme == "forced" else [""] * (T - 1),
        "words": f"{SAYING[scheme]} After {min(t, max(y_at))} of {max(y_at)} rounds: "
        f"{sum(at <= t for at in y_at)} of {T} outputs are ready.",
    }


def connection_schemes() -> InteractiveFigure:
    """Choice of the connection; the rounds of computation can be played."""
    left, right = COLUMN[:-1], COLUMN[1:]

    def row(name: str, opacity: object, colour: str) -> list[dict]:
        corner = {"x": [c - 15 for c in COLUMN], "y": ROW[name] - 15, "w": 30, "h": 30}
        return [
            rects(**corner, colour="paper", round=6),
            rects(**corner, colour=colour, opacity=opacity, round=6),
            rects(**corner, colour="none", stroke=colour, round=6),
        ]

    return InteractiveFigure(
        name="connection_schemes",
        function=rounds,
        parameters=(
            Choice(
                "scheme",
                "connection from step to step",
                (
                    ("hidden", "hidden to hidden"),
                    ("output", "output to hidden"),
                    ("forced", "output to hidden, targets given"),
                ),
                "hidden",
            ),
            Steps("t", "rounds of computation", 10, 3),
        ),
        panels=(
            diagram(
                [
                    segments(COLUMN, ROW["x"] - 16, COLUMN, ROW["h"] + 17, "muted", arrow=True),
                    segments(COLUMN, ROW["h"] - 16, COLUMN, ROW["y"] + 17, "muted", arrow=True),
                    segments(
                        [c + 16 for c in left],
                        ROW["h"],
                        [c - 17 for c in right],
                        ROW["h"],
                        "h",
                        arrow=True,
                        width=3,
                        opacity="$hidden_on",
                    ),
                    segments(
                        [c + 16 for c in left],
                        ROW["y"] + 5,
                        [c - 15 for c in right],
                        ROW["h"] - 16,
                        "y",
                        arrow=True,
                        width=2,
                        opacity="$output_on",
                    ),
                    segments(
                        [c - 26 for c in right],
                        ROW["y"] + 22,
                        [c - 15 for c in right],
                        ROW["h"] - 15,
                        "target",
                        arrow=True,
                        width=2,
                        opacity="$forced_on",
                    ),
                    text([c - 30 for c in right], ROW["y"] + 16, "$targets", "target", anchor="middle", size=12),
                    *row("y", "$y_on", "y"),
                    *row("h", "$h_on", "h"),
                    *row("x", 0.35, "x"),
                    text([10, 10, 10], [48, 108, 168], ["y", "h", "x"], "ink", size=14, weight=600),
                    text(COLUMN, 200, [f"t = {k + 1}" for k in range(T)], "muted", anchor="middle", size=11),
                ],
                width=364,
                height=208,
            ),
        ),
        legend=(("y", "output"), ("h", "hidden state"), ("x", "input"), ("target", "y*, the true output")),
        caption="Joining hidden states carries more from step to step; joining outputs carries less, but with the true "
        "outputs given all steps train at the same time.",
        alt="Five columns of input, hidden state and output. Thick arrows join neighbouring hidden states; after three "
        "rounds the first three hidden states and two outputs are filled.",
        readout="{words}",
    )
