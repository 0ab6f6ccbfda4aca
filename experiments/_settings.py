"""What a setting of an experiment may hold beside plain values: what is tuned, and what an earlier setting gives."""

import itertools
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

Setting = Mapping[str, Any]


@dataclass(frozen=True)
class Best:
    """Tuned: of `values` the one goes on whose median of `by`, over the first `seeds` seeds, is least (or largest).

    Several in one setting are tried in all combinations, judged as the first of them says.
    """

    values: Sequence[Any]
    by: str
    seeds: int = 1
    largest: bool = False


@dataclass(frozen=True)
class After:
    """Taken from an earlier setting: the value of `name` chosen there, or the median of what was measured there."""

    name: str
    setting: Setting


@dataclass(frozen=True)
class Data:
    """A file that readers lack, known by its sha256: given by --data and handed to run as data=Path.

    A small run gets none and makes its own.
    """

    what: str
    sha256: str


def key_of(setting: Setting) -> str:
    """The setting's name, "k2=8, bias=1"; what is still to be found is left out."""
    return ", ".join(f"{name}={value}" for name, value in fixed(setting).items())


def fixed(setting: Setting) -> dict[str, Any]:
    """The parts of a setting that are known beforehand."""
    return {name: value for name, value in setting.items() if not isinstance(value, Best | After)}


def tuned(setting: Setting) -> list[Best]:
    """The parts of a setting that are tried."""
    return [value for value in setting.values() if isinstance(value, Best)]


def grid_of(setting: Setting) -> list[dict[str, Any]]:
    """All combinations of the values to try; one empty one where nothing is tuned."""
    names = [name for name, value in setting.items() if isinstance(value, Best)]
    return [dict(zip(names, values, strict=True)) for values in itertools.product(*(b.values for b in tuned(setting)))]


def rank(trial: Mapping[str, Any], best: Best) -> float:
    """Lower is better; a training that left the numbers counts as the worst."""
    signed = (-number if best.largest else number for number in trial["measured"][best.by])
    return statistics.median(number if math.isfinite(number) else math.inf for number in signed)


def outcome(runs: Mapping[str, Any], after: After) -> Any:
    """What an earlier setting gave."""
    record = runs[key_of(after.setting)]
    chosen = record.get("chosen", {})
    return chosen[after.name] if after.name in chosen else statistics.median(record["measured"][after.name])


def spelt(setting: Setting) -> dict[str, Any]:
    """The setting with Best and After in plain words."""
    return {n: v if n in fixed(setting) else {type(v).__name__: asdict(v)} for n, v in setting.items()}


def grown(theirs: Any, ours: Any) -> bool:
    """Does a setting, as it is spelt, differ from another, if at all, in nothing but that more values are tried?"""
    if not (isinstance(theirs, Mapping) and isinstance(ours, Mapping)) or theirs.keys() != ours.keys():
        return bool(theirs == ours)
    if theirs.keys() >= {"values", "by"}:  # of a Best
        return {**theirs, "values": ours["values"]} == ours and all(one in ours["values"] for one in theirs["values"])
    return all(grown(value, ours[name]) for name, value in theirs.items())
