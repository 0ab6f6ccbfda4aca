"""Generated tasks: each asks a network to carry something over a distance that you choose.

Every function draws from the `rng` it is given, returns float64 inputs with time first, and reads nothing from disk.
The recipes are those of the papers named in each docstring; the code is this course's own.
"""

import numpy as np

from rnncourse.reference._validation import check_count

SOURCE = "generated; recipes of Hochreiter and Schmidhuber 1997, Le et al. 2015, Pascanu et al. 2013, Jaeger 2002"
LICENCE = "MIT, like all code of this course"


def _check_counts(**counts: tuple[int, int]) -> None:
    """name=(value, the least that it may be)."""
    for name, (value, low) in counts.items():
        check_count(name, value, low)


def adding(T: int, B: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Add the two marked numbers of a sequence (the adding problem in the form of Le et al. 2015).

    Column 0 holds numbers drawn uniformly from [0, 1); column 1 holds a one at two steps, one in each half, and zeros
    elsewhere. The target is the sum of the two marked numbers. Its mean is 1 and its variance 1/6, so that the best
    constant answer has a squared error of 1/6. Hochreiter and Schmidhuber (1997) drew from [-1, 1] and rescaled.

    Returns
    -------
    x : (T, B, 2).
    target : (B,) the answer after the last step.
    """
    _check_counts(T=(T, 2), B=(B, 1))
    x = np.zeros((T, B, 2))
    x[:, :, 0] = rng.random((T, B))
    first, second, row = rng.integers(0, T // 2, B), rng.integers(T // 2, T, B), np.arange(B)
    x[first, row, 1] = x[second, row, 1] = 1.0
    return x, x[first, row, 0] + x[second, row, 0]


def temporal_order(T: int, B: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Say in which order two symbols came (Hochreiter and Schmidhuber 1997, task 6a; lengths of Pascanu et al. 2013).

    Six symbols, one-hot: 0 … 3 are distractors, 4 is P and 5 is Q. The first P or Q stands between T/10 and 2T/10, the
    second between 4T/10 and 5T/10. The class is 0: P, P · 1: P, Q · 2: Q, P · 3: Q, Q.

    Returns
    -------
    x : (T, B, 6) one-hot.
    target : (B,) int64, the class, to be given after the last step.
    """
    _check_counts(T=(T, 10), B=(B, 1))
    symbols = rng.integers(0, 4, (T, B))
    tenth, row = T // 10, np.arange(B)
    first, second = rng.integers(tenth, 2 * tenth, B), rng.integers(4 * tenth, 5 * tenth, B)
    answer = rng.integers(0, 2, (2, B))
    symbols[first, row], symbols[second, row] = 4 + answer[0], 4 + answer[1]
    return np.eye(6)[symbols], 2 * answer[0] + answer[1]


def timer(T: int, B: int, rng: np.random.Generator, scale: int = 100) -> tuple[np.ndarray, np.ndarray]:
    """Hold the output at 0.5 for a time that an input asks for (after the timer of Jaeger 2002).

    Column 0 is zero but for spikes of height 1. Column 1 is a level out of 0.1, 0.2, …, 1.0 that changes with each
    spike and stays until the next. From a spike on, the target is 0.5 for round(scale · level) steps, then 0. The next
    spike comes after a pause of scale / 10 to scale / 2 steps, so that two holds never overlap.

    Parameters
    ----------
    scale : steps that a level of 1.0 asks for, at least 10; 100 is the full task.

    Returns
    -------
    x : (T, B, 2).
    target : (T, B, 1) in {0, 0.5}.
    """
    _check_counts(T=(T, 1), B=(B, 1), scale=(scale, 10))
    x, target = np.zeros((T, B, 2)), np.zeros((T, B, 1))
    for b in range(B):
        x[:, b, 1] = rng.integers(1, 11) / 10  # the level before the first spike says nothing
        t = int(rng.integers(0, scale // 5 + 1))
        while t < T:
            level = rng.integers(1, 11) / 10
            hold = round(scale * level)
            x[t, b, 0], x[t:, b, 1] = 1.0, level
            target[t : t + hold, b, 0] = 0.5
            t += hold + int(rng.integers(scale // 10, scale // 2 + 1))
    return x, target


def copy_memory(
    T: int, B: int, rng: np.random.Generator, *, symbols: int = 4, length: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Repeat at the end what was shown at the start (Hochreiter and Schmidhuber 1997; form of Arjovsky et al. 2016).

    Inputs are one-hot over symbols + 2 letters: 0 is a blank, 1 … symbols are the symbols, symbols + 1 is the signal to
    answer. The first `length` steps show random symbols, then come blanks; the signal stands at step T - length.
    Targets are blank until there, then the symbols in their order. Nothing but the hidden state can carry them: the
    targets in between are the same for every sequence, so that a network fed with its outputs alone has no clue.

    Returns
    -------
    x : (T, B, symbols + 2) one-hot.
    target : (T, B) int64 in 0 … symbols.
    """
    _check_counts(T=(T, 2 * length), B=(B, 1), symbols=(symbols, 2), length=(length, 1))
    shown = rng.integers(1, symbols + 1, (length, B))
    letters, target = np.zeros((T, B), dtype=np.int64), np.zeros((T, B), dtype=np.int64)
    letters[:length], letters[T - length] = shown, symbols + 1
    target[T - length :] = shown
    return np.eye(symbols + 2)[letters], target


def delayed_echo(
    T: int, B: int, rng: np.random.Generator, *, delay: int, density: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Repeat the input `delay` steps later: the cause lies exactly that far back, and nowhere else.

    The input is +1 or -1 with probability `density` at each step, and 0 otherwise, independently; the target at step t
    is the input at step t - delay, and 0 where there is none.

    Returns
    -------
    x : (T, B, 1).
    target : (T, B, 1).
    """
    _check_counts(T=(T, 1), B=(B, 1), delay=(delay, 0))
    if not 0 < density <= 1:
        raise ValueError(f"delayed_echo: density = {density}, expected a number in (0, 1]")
    x = rng.choice([-1.0, 1.0], (T, B, 1)) * (rng.random((T, B, 1)) < density)
    target = np.zeros_like(x)
    target[delay:] = x[: max(T - delay, 0)]
    return x, target
