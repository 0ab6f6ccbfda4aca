"""What the experiments of chapter 15 share."""

from typing import Any

from rnncourse.systems import glimpses

BATCH = 128
BY_GLIMPSE = ("right", "distance", "median", "near")


def measured(network: Any, **pictures: Any) -> dict[str, float]:
    """What `glimpses.evaluate` found, a number to a name; "right 1" is after the first glimpse."""
    found = glimpses.evaluate(network, **pictures)
    numbers = {"right": found["right"], "nearest": found["nearest"]}
    for name in BY_GLIMPSE:
        numbers |= {f"{name} {t + 1}": value for t, value in enumerate(found[f"{name}_by_glimpse"])}
    return numbers
