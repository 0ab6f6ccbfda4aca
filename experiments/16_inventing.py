"""What must a network remember to invent characters?

Question: characters of KanjiVG as strokes, the pen draws on, is lifted or has finished. Does a network that draws such
characters need more than the last point, and do its strokes belong together?
Literature: Zhang et al. 2018 draw characters that are asked for with a network of gated units and a mixture, and judge
by a classifier; Ha and Eck 2018 draw sketches. Neither measures characters that do not exist.
If the memory is needed, "point", which knows the last place, offset and what the pen did, costs more nats a point on
held-out characters than the LSTM, and "none", one mixture for all points, costs more again. If strokes belong together,
three in a row are nearer to three of a real character than strokes of different invented characters put together
("mixed"); if each stroke only stands where strokes stand, the two are equal. Real characters held out are judged alike.
Equal care: the same characters, updates and batches; the learning rate of each setting is chosen on validation.
"""

import sys
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from _run import Best, Experiment
from rnncourse.systems.handwriting import inventing
from rnncourse.systems.handwriting.writing_scoring import nats, played
from rnncourse.systems.handwriting.writing_training import Drawings, characters, train

RATES = Best((4e-3, 1e-2, 2.5e-2), by="validation")
BATCH, HIDDEN, COMPONENTS, BIAS = 64, 128, 10, 0.5


@cache
def parts(number: int) -> tuple[Drawings, Drawings, Drawings]:
    """Training, validation and test; the first so many of training."""
    return characters("train", number), characters("validation"), characters("test")


@cache
def judges(number: int) -> inventing.Judges:
    """What is near to characters of training is judged by the same ones."""
    return inventing.Judges(inventing.strokes_of(parts(number)[0]))


def run(
    seed: int, *, memory: str, components: int, lr: float, updates: int, number: int, drawn: int
) -> Mapping[str, float]:
    """Nats per point, and of invented characters: how near they and their strokes are, how many came to an end."""
    known, watched, asked = parts(number)
    size: dict[str, Any] = {"hidden": HIDDEN, "batch": BATCH, "epochs": 1, "updates": updates, "components": components}
    drawings = (known, watched)
    model, history = train("characters", memory=memory, lr=lr, seed=seed, progress=False, drawings=drawings, **size)
    cost = nats(model, asked)
    measured = {"validation": history.validation[-1], "place": cost.place, "pen": cost.pen}
    made, share = inventing.invented(played(model), drawn, seed, BIAS)
    measured["ended"] = 100 * share
    for name, some in (("", made), (", mixed", inventing.mixed(made, np.random.default_rng(seed)))):
        measured |= {f"{key}{name}": value for key, value in judges(number).of(some).items()}
    return measured


EXPERIMENT = Experiment(
    run,
    settings=[
        {"memory": memory, "components": components, "lr": RATES}
        for memory, components in (("lstm", COMPONENTS), ("lstm", 1), ("point", COMPONENTS), ("none", COMPONENTS))
    ],
    seeds=5,
    options={"updates": 800, "number": 5813, "drawn": 200},
    small={"updates": 2, "number": 50, "drawn": 30},
    constants={"hidden": HIDDEN, "batch": BATCH, "bias": BIAS},
)


if __name__ == "__main__":
    sys.exit(EXPERIMENT.main())
