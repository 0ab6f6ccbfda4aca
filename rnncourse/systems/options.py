"""Types of command-line options, each with its range, for every command of the course.

A value out of range ends the command with exit status 2 and a line that names the option, its range and what was given:

    parser = Parser(description=__doc__)
    parser.add_argument("--beam", type=whole(1, 100), default=1)
    parser.add_argument("--lr", type=real(above=0, high=1), default=2e-3)
    parser.add_argument("--device", type=device())
"""

import argparse
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

THREADS = 1024  # more than any machine of a reader has; torch takes any number and may then hang
SEED = 2**32 - 1  # what NumPy, torch and Python all take


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that complains in one line, without its usage."""

    def error(self, message: str) -> NoReturn:
        """Leave with exit status 2."""
        self.exit(2, f"{self.prog}: {' '.join(message.split())}\n")


def whole(low: int, high: int | None = None, *, multiple: int = 1) -> Callable[[str], int]:
    """A whole number from `low` to `high`, both included (None: no end), divisible by `multiple`."""
    limits = f"at least {low}" if high is None else f"{low} to {high}"

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"a whole number, {limits}, got {_short(text)}") from None
        if value < low or (high is not None and value > high):
            also = f", a multiple of {multiple}" if multiple > 1 else ""
            raise argparse.ArgumentTypeError(f"{limits}{also}, got {_short(text)}")
        if value % multiple:
            raise argparse.ArgumentTypeError(f"a multiple of {multiple}, {limits}, got {_short(text)}")
        return value

    return read


def real(low: float = -math.inf, high: float = math.inf, *, above: float | None = None) -> Callable[[str], float]:
    """A finite number from `low`, or above `above`, to `high`."""
    least = f"above {above:g}" if above is not None else f"at least {low:g}" if math.isfinite(low) else ""
    limits = ", ".join(filter(None, [least, f"at most {high:g}" if math.isfinite(high) else ""]))

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        inside = low <= value <= high and (above is None or value > above)
        if not (inside and math.isfinite(value)):
            raise argparse.ArgumentTypeError(", ".join(filter(None, ["a number", limits, f"got {_short(text)}"])))
        return value

    return read


def like(value: Any) -> Callable[[str], Any]:
    """The type of an option whose usual value this is: whole or real; positive, or from 0 where that is 0."""
    if isinstance(value, bool):
        raise TypeError("a switch has no range: use action='store_true'")
    if isinstance(value, int):
        return whole(min(value, 1))
    if isinstance(value, float):
        return real(above=0) if value > 0 else real(min(value, 0.0))
    return type(value)


def device(advice: str = "leave it out for the CPU") -> Callable[[str], str]:
    """cpu, cuda or cuda:N; a GPU that is not there is refused, with this advice."""

    def read(text: str) -> str:
        kind, colon, number = text.partition(":")
        named = not colon or (number.isdecimal() and number.isascii())
        if kind not in ("cpu", "cuda") or not named or (kind == "cpu" and int(number or 0)):
            raise argparse.ArgumentTypeError(f"cpu, cuda or cuda:N (the GPU's number, from 0), got {_short(text)}")
        if kind == "cuda":
            import torch

            if not torch.cuda.is_available():
                raise argparse.ArgumentTypeError(f"no GPU that torch can use here, got {_short(text)}; {advice}")
            if int(number or 0) >= (count := torch.cuda.device_count()):
                raise argparse.ArgumentTypeError(f"cuda:0 to cuda:{count - 1} here, got {_short(text)}")
        return text

    return read


def new_file(text: str) -> Path:
    """A file to write, which may be there already; folders on the way to it need not exist."""
    path = Path(text)
    if path.is_dir() or not text:
        raise argparse.ArgumentTypeError(f"a file to write, got {'the folder ' * bool(text)}{_short(text)}")
    new_folder(str(path.parent))
    return path


def new_folder(text: str) -> Path:
    """A folder to write to, which need not exist."""
    path = Path(text)
    for part in (path, *path.parents):
        if part.exists() and not part.is_dir():
            raise argparse.ArgumentTypeError(f"a folder to write to, but {part} is a file")
    return path


def stem(text: str) -> str:
    """The name of a file without its folder and ending."""
    if not text or text != Path(text).name:
        raise argparse.ArgumentTypeError(f"a file's name without a folder, got {_short(text)}")
    return text


def spelt(error: Exception, options: Mapping[str, Any]) -> str:
    """The error's line with an option's name where it begins with an argument's: "minimum_count: …"."""
    text = " ".join(str(error).split())
    name = text.partition(":")[0].partition(" ")[0]
    return f"--{name.replace('_', '-')}{text[len(name) :]}" if name in options else text


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:37]}...")
