"""What does one picture cost, as it grows: convolutions on all pixels, and a few glimpses?

Question: a picture of side × side pixels, one after the other, forward, on one thread. Convolutions see every pixel.
Four glimpses of 12 × 12 samples at three scales see as much of a large picture as of a small one. Whether that is
cheaper depends on what is averaged: all of the picture ("pyramid"), or what the windows need ("crop").
Literature: Mnih et al. (2014, abstract) say that the computation of their network can be controlled independently of the
picture's size, while that of convolutions grows with the number of pixels.
If it is so, the count of multiplications and additions of "crop" is the same at every side and that of convolutions
grows as the side squared; with "pyramid" it grows as well, by one addition a pixel. If cost is bound to pixels
whatever is looked at, all three grow alike. Control: a sensor with so many scales that the coarsest window spans the
picture ("spanning"): it needs the mean of every pixel, so that cropping saves nothing there. The counts are exact; the
times are processor time, a median of repetitions, and of this machine. The networks are untrained: what they answer
does not change what they cost.
"""

import sys
import time
from collections.abc import Mapping

import numpy as np
import torch
from _run import Experiment

from rnncourse.systems import glimpses

SIDES = (40, 60, 100, 200, 400)
LARGER = (800, 1600)  # of the glimpses alone: the convolutions' linear layer would have 164 million weights and more
SPANNED = {48: 3, 96: 4, 192: 5, 384: 6}  # side → scales: 12 · 2^(scales − 1) is the side


def run(seed: int, *, way: str, side: int, repetitions: int, scales: int = 3) -> Mapping[str, float]:
    """Milliseconds of processor time of one picture, and what is counted in thousands."""
    if way == "convolutions":
        network, options = glimpses.ConvNet(side=side).eval(), {}
    else:
        network, options = glimpses.Looker(side=side, scales=scales).eval(), {"crop": way == "crop"}
    image = torch.from_numpy(np.random.default_rng(seed).random((1, side, side), dtype=np.float32))
    times = []
    with torch.inference_mode():
        for _ in range(repetitions + 1):
            begin = time.process_time()
            network(image, **options)
            times.append(1000 * (time.process_time() - begin))
    cost = glimpses.cost_of(network, **options)
    counted = {"seeing": cost.seeing / 1000, "thinking": cost.thinking / 1000, "all": cost.all / 1000}
    return {"milliseconds": float(np.median(times[1:])), **counted}


EXPERIMENT = Experiment(
    run,
    settings=[
        *({"way": "convolutions", "side": side} for side in SIDES),
        *({"way": way, "side": side} for way in ("pyramid", "crop") for side in SIDES + LARGER),
        *(
            {"way": way, "side": side, "scales": scales}
            for way in ("pyramid", "crop")
            for side, scales in SPANNED.items()
        ),
    ],
    seeds=5,
    options={"repetitions": 50},
    small={"repetitions": 1},
)


if __name__ == "__main__":
    sys.exit(EXPERIMENT.main())
