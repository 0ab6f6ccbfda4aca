"""What every experiment shares: its command line, stopping and going on, and the record of what was done.

An experiment, NN_name.py, is its idea and little else: a docstring (the question, what the literature found, what would
be seen if it were true and if it were false), a function that makes one run, a setting from one seed, and

    EXPERIMENT = Experiment(
        run,                        # run(seed, k2=8, lr=0.002, updates=800) returns what it measured, {"error": 0.02}
        settings=[{"k2": k2, "lr": Best((0.002, 0.005), by="error")} for k2 in (2, 4, 8)],
        seeds=5,                    # 0 … 4; or a function of the setting
        options={"updates": 800},   # handed to every run; --updates changes it
        small={"updates": 2},       # the options of the tests' run, one seed, seconds
        constants={"H": HIDDEN},    # what else decides the result: recorded, not handed to run
    )

    if __name__ == "__main__":
        sys.exit(EXPERIMENT.main())

Each finished run is written at once: whatever stops the script costs one run, and the same command goes on. A result
has two parts, "about" and "runs": for each setting, under a name like "k2=8", the setting, what was tried and chosen,
what was measured (a list over seeds for each name) and the mean processor time of a run.
Settings and values to try may be added and seeds may grow; a result that differs in anything else is refused and not
written over.
"""

import argparse
import hashlib
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from _record import add_run, begun, definition_of, digest, plain, read, seeds_in, write
from _settings import After, Best, Data, Setting, fixed, grid_of, grown, key_of, outcome, rank, spelt, tuned
from rnncourse.checks.terminal import any_terminal
from rnncourse.data import results
from rnncourse.systems.options import Parser, like, new_file, whole

__all__ = ["After", "Best", "Data", "Experiment", "key_of"]


@dataclass(frozen=True)
class Experiment:
    """Settings × seeds, as the top of this file says.

    Raises
    ------
    ValueError : a setting occurs twice, uses a name that is taken, or needs one that does not come before it.
    """

    run: Callable[..., Mapping[str, Any]]
    settings: Sequence[Setting]
    seeds: int | Callable[[Setting], int]
    options: Mapping[str, int | float | str] = field(default_factory=dict)
    small: Mapping[str, int | float | str] = field(default_factory=dict)
    constants: Mapping[str, Any] = field(default_factory=dict)
    data: Data | None = None

    def __post_init__(self) -> None:
        taken, seen = {*self.options, *self.constants, "seed", "data"}, set[str]()
        for setting in self.settings:
            needed = {key_of(value.setting) for value in setting.values() if isinstance(value, After)}
            if key_of(setting) in seen or not taken.isdisjoint(setting) or not needed <= seen:
                raise ValueError(f"{self.name}: {key_of(setting)} stands twice, has a taken name or needs a later one")
            seen.add(key_of(setting))
        if unknown := self.small.keys() - self.options.keys():
            raise ValueError(f"{self.name}: small changes {', '.join(sorted(unknown))}, which is no option")

    @property
    def name(self) -> str:
        """The script's name without its ending, "07_remedies"."""
        return Path(self.run.__code__.co_filename).stem

    def definition(self) -> dict[str, Any]:
        """All that decides what is measured, by name, in JSON's types."""
        data = {"data": self.data.sha256} if self.data else {}
        return plain({**self.constants, **self.options, **data, **{key_of(s): spelt(s) for s in self.settings}})

    def count(self, runs: Mapping[str, Any]) -> tuple[int, int]:
        """(how many runs these records hold, how many there are to make)."""
        done, total = 0, 0
        for setting in self.settings:
            record, tuning = runs.get(key_of(setting), {}), (len(grid_of(setting)) - 1) * self._first(setting)
            total += tuning + self._seeds(setting)
            if tuning and "chosen" not in record:
                done += sum(map(seeds_in, record.get("tried", [])))
            else:
                done += tuning + seeds_in(record)
        return done, total

    def difference(self, content: Mapping[str, Any], *, growing: bool = False) -> str:
        """What is otherwise in a stored result, "" if nothing; `growing`: it may have fewer settings and values."""
        theirs, ours = definition_of(content), self.definition()
        for name in [*theirs, *ours]:
            if name not in ours:
                return f"{name} is not of this experiment"
            if name not in theirs and not (growing and name in map(key_of, self.settings)):
                return f"{name} is missing"
            if name in theirs and theirs[name] != ours[name] and not (growing and grown(theirs[name], ours[name])):
                return f"{name} is {theirs[name]}, here {ours[name]}"
        for setting in self.settings:
            seeds, wanted = seeds_in(content["runs"].get(key_of(setting), {})), self._seeds(setting)
            if seeds > wanted:
                return f"{key_of(setting)} has {seeds} seeds, here {wanted}"
        return ""

    def measure(self, output: Path, *, command: str = "", fresh: bool = False, data: Path | None = None) -> None:
        """Make the runs that `output` does not hold yet, and write it after each.

        Raises
        ------
        ValueError : `output` is damaged or holds something else.
        """
        content, more = self._begun(output, fresh), {"data": data} if self.data else {}
        content["about"] |= {"command": command} if command else {}
        done, total = self.count(content["runs"])
        with tqdm(total=total, initial=done, unit="run") as bar:
            self._store(output, content)
            for setting in self.settings:
                record = content["runs"][key_of(setting)]
                for values, seed, numbers in self._to_do(setting, content["runs"]):
                    bar.set_description(f"{key_of(setting)}, seed {seed}")
                    _begin_torch(seed)
                    clock, processor = time.perf_counter(), time.process_time()
                    found = plain(self.run(seed, **self.options, **values, **more))
                    clock, processor = time.perf_counter() - clock, time.process_time() - processor
                    add_run(content["about"], record, clock, processor)
                    for name, number in found.items():
                        numbers.setdefault(name, []).append(number)
                    self._choose(setting, record)
                    self._store(output, content)
                    bar.update()

    def main(self, arguments: Sequence[str] | None = None) -> int:
        """The command line; exit status 2 where one line says what the reader can mend, 130 where it was stopped."""
        any_terminal()
        if arguments is None:
            _one_thread()
        try:
            given = self._parser().parse_args(arguments)
        except SystemExit as stop:
            if not stop.code:  # --help
                raise
            return 2  # an option out of its range
        try:
            experiment, output, command = self._asked(given)
            experiment._begun(output, given.fresh)  # what is wrong with it is said in a line, a fault in run in full
        except (ValueError, OSError) as error:
            print(f"{self.name}: {error}", file=sys.stderr)
            return 2
        try:
            experiment.measure(output, command=command, fresh=given.fresh, data=given.data)
        except KeyboardInterrupt:
            print("stopped; what was finished is stored, the same command goes on", file=sys.stderr)
            return 130
        return 0

    def _seeds(self, setting: Setting) -> int:
        return self.seeds(setting) if callable(self.seeds) else self.seeds

    def _first(self, setting: Setting) -> int:
        """How many seeds each value gets that is tried."""
        return min([best.seeds for best in tuned(setting)[:1]] + [self._seeds(setting)])

    def _begun(self, output: Path, fresh: bool) -> dict[str, Any]:
        """What `output` holds already, with an empty record for each setting that it lacks, in the script's order."""
        content: dict[str, Any] = {"about": begun(self.name), "runs": {}}
        if output.exists() and not fresh:
            content = read(output)
            whose = content["about"]["experiment"]
            other = f"that of {whose}" if whose != self.name else self.difference(content, growing=True)
            if other:
                raise ValueError(f"{output} is another result ({other}): give --output FILE, or --fresh to begin anew")
        about, seeds = content["about"], sorted({self._seeds(setting) for setting in self.settings})
        about["seeds"] = seeds[0] if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"
        about["settings"] = plain({**self.constants, **self.options})
        about |= {"data": asdict(self.data)} if self.data else {}
        runs = {key_of(setting): content["runs"].get(key_of(setting), {"measured": {}}) for setting in self.settings}
        for setting, record in zip(self.settings, runs.values(), strict=True):
            if record.get("setting", now := plain(spelt(setting))) != now and tuned(setting):
                self._try_more(setting, record)
        content["runs"] = {
            key: {"setting": plain(spelt(setting)), **{n: v for n, v in runs[key].items() if n != "setting"}}
            for key, setting in zip(runs, self.settings, strict=True)
        }
        about["hash"] = digest(definition_of(content))
        for setting in self.settings:  # more seeds may be asked for: then what was chosen with fewer is chosen anew
            record = content["runs"][key_of(setting)]
            if "chosen" in record and any(seeds_in(trial) < self._first(setting) for trial in record.get("tried", [])):
                record["measured"] = {}
                del record["chosen"]
        return content

    def _try_more(self, setting: Setting, record: dict[str, Any]) -> None:
        """Make room for values that are tried anew; what was chosen before waits until it is known what is best now."""
        known = record.get("tried", [])
        if "chosen" in record:
            record["before"] = {"values": record.pop("chosen"), "measured": record["measured"]}
            first = {name: numbers[: self._first(setting)] for name, numbers in record["measured"].items()}
            known = [*known, {"values": record["before"]["values"], "measured": first}]
        if not known:  # nothing of it is begun
            return
        after = {name: value for name, value in known[0]["values"].items() if isinstance(setting[name], After)}
        record |= {"measured": {}, "tried": []}
        for values in grid_of(setting):
            same = (trial["measured"] for trial in known if trial["values"] == {**after, **values})
            record["tried"].append({"values": {**after, **values}, "measured": next(same, {})})

    def _to_do(self, setting: Setting, runs: Mapping[str, Any]) -> Iterator[tuple[Setting, int, dict[str, list]]]:
        """For each run of a setting that is still to be made: what it gets, its seed, where its numbers go."""
        record, grid = runs[key_of(setting)], grid_of(setting)
        known = fixed(setting)
        after = {name: outcome(runs, value) for name, value in setting.items() if isinstance(value, After)}
        if any(record.get("chosen", after)[name] != value for name, value in after.items()):
            record["measured"] = {}  # more seeds have changed what it follows
            for name in ("tried", "chosen"):
                record.pop(name, None)
        if len(grid) > 1 and "chosen" not in record:
            tried = record.setdefault("tried", [{"values": {**after, **values}, "measured": {}} for values in grid])
            for trial in tried:
                for seed in range(seeds_in(trial), self._first(setting)):
                    yield {**known, **trial["values"]}, seed, trial["measured"]
        elif after or grid[0]:
            record.setdefault("chosen", {**after, **grid[0]})
        for seed in range(seeds_in(record), self._seeds(setting)):
            yield {**known, **record.get("chosen", {})}, seed, record["measured"]

    def _choose(self, setting: Setting, record: dict[str, Any]) -> None:
        """Once all values of a setting are tried, take the best and what was measured with it."""
        tried = record.get("tried", [])
        if tried and "chosen" not in record and all(seeds_in(trial) == self._first(setting) for trial in tried):
            best = min(tried, key=lambda trial: rank(trial, tuned(setting)[0]))
            before = record.pop("before", {"values": None})
            same = before["values"] == best["values"]
            record |= {"chosen": best["values"], "measured": deepcopy((before if same else best)["measured"])}

    def _store(self, output: Path, content: dict[str, Any]) -> None:
        done, total = self.count(content["runs"])
        content["about"] |= {"done": done, "of": total, "complete": done == total}
        write(output, content)

    def _parser(self) -> Parser:
        form = argparse.RawDescriptionHelpFormatter
        parser = Parser(prog=self.name, description=self.run.__globals__["__doc__"], formatter_class=form)
        parser.add_argument(
            "--seeds", type=whole(1), help="seeds of every setting, 1 or more, in place of the script's"
        )
        for name, value in self.options.items():
            parser.add_argument(f"--{name}", type=like(value), help=f"default {value}")
        parser.add_argument("--small", action="store_true", help="a trial of seconds, one seed (needs --output)")
        parser.add_argument(
            "--output", type=new_file, help=f"a file; by default the one of results.load({self.name!r})"
        )
        parser.add_argument("--fresh", action="store_true", help="begin anew where there is a result already")
        if self.data:
            parser.add_argument("--data", type=Path, metavar="FILE", help=self.data.what)
        parser.set_defaults(data=None)
        return parser

    def _asked(self, given: argparse.Namespace) -> tuple["Experiment", Path, str]:
        """The experiment with the options that were given, where its result goes, and the command that says so."""
        changed = {name: value for name in self.options if (value := getattr(given, name)) is not None}
        options = {**self.options, **(self.small if given.small else {}), **changed}
        seeds, data = given.seeds or (1 if given.small else self.seeds), None if given.small else self.data
        if given.output is None and (given.small or options != self.options):
            raise ValueError("with options other than the script's, give --output FILE")
        if data and given.data is None:
            raise ValueError(f"give --data FILE: {data.what} (sha256 {data.sha256})")
        if data and hashlib.sha256(given.data.read_bytes()).hexdigest() != data.sha256:
            raise ValueError(f"{given.data} is not {data.what} (sha256 {data.sha256})")
        words = ["--small"] * given.small + ["--data FILE"] * bool(data)
        words += [f"--{name} {value}" for name, value in {"seeds": given.seeds, **changed}.items() if value is not None]
        command = " ".join([f"python experiments/{self.name}.py", *words])
        output = given.output or results.FOLDER / f"{self.name}.json"
        if not output.parent.is_dir():
            raise ValueError(f"no such folder: {output.parent}")
        return replace(self, options=options, seeds=seeds, data=data), output, command


def _begin_torch(seed: int) -> None:
    """Where torch is at work, begin the run from its seed and on one thread."""
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)
        torch.manual_seed(seed)


def _one_thread() -> None:
    """Start again with one thread for NumPy's products, which read this when they are imported."""
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    if not one.items() <= os.environ.items():
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], os.environ | one)
