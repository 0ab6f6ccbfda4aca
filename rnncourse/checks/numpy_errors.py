"""What lies behind NumPy's words about sizes that do not fit: most often the batch, which is stacked as rows."""

import re
from collections.abc import Callable
from typing import Any

from rnncourse.checks.compare import Spec
from rnncourse.checks.failure import Failure
from rnncourse.checks.learners_code import code_of

NO_ARRAY = re.compile(r"does not have enough dimensions \(has 0")
PRODUCT = re.compile(r"gufunc signature|shapes .* not aligned")
ENTRY_BY_ENTRY = re.compile(r"could not be broadcast|broadcast (input )?array|broadcastable")
FACTORS = re.compile(r"([A-Za-z_]\w*)(\[t\])?(\.T)?\s*@\s*([A-Za-z_]\w*)(\.T)?(?![\w.\[])")


def likely_size_error(failure: Failure, answer: Callable[..., Any], specs: tuple[Spec, ...]) -> str:
    """A sentence on the products in the line that failed, in the learner's own names; empty for other errors."""
    if NO_ARRAY.search(failure.text):
        return "one of the factors is a single number: @ multiplies arrays, * a number by an array."
    if PRODUCT.search(failure.text):
        axes = _axes_by_name(answer, specs)
        for left, step, left_t, right, right_t in FACTORS.findall(failure.line):
            if left in axes and right in axes:
                a, b = axes[left][bool(step) :], axes[right]
                a, b = a[::-1] if left_t else a, b[::-1] if right_t else b
                if len(a) == len(b) == 2 and a[-1] != b[0]:
                    return _product(f"{left}{step}{left_t}", a, f"{right}{right_t}", b)
        batch = any("B" in (spec.axes or ()) for spec in specs)
        rows = " The batch is stacked as rows here: x_t @ W.T, not W @ x_t." if batch else ""
        return f"a product A @ B needs rows of A as long as columns of B.{rows}"
    if ENTRY_BY_ENTRY.search(failure.text):
        return (
            "these sizes do not fit entry by entry: counted from the last axis, two sizes must be equal, or one of "
            "them 1. Print the shapes in that line."
        )
    return ""


def _product(left: str, a: tuple[str, ...], right: str, b: tuple[str, ...]) -> str:
    """Which transpose makes x (B, D) and W (H, D) fit, or that none does."""
    sizes = f"{left} is ({', '.join(a)}) and {right} is ({', '.join(b)})"
    if "B" in b and "B" not in a:
        a, b, left, right = b, a, right, left  # W @ x is the formula for a column
    if a[-1] == b[0]:
        fitting = f"{left} @ {right}"
    elif a[-1] == b[-1]:
        fitting = f"{left} @ {_turned(right)}"
    elif a[0] == b[0]:
        fitting = f"{_turned(left)} @ {right}"
    else:
        return f"{sizes}: no axis of one fits the other."
    return f"{sizes}. " + ("The rows are the batch, so the product is " if a[0] == "B" else "Try ") + f"{fitting}."


def _turned(name: str) -> str:
    return name.removesuffix(".T") if name.endswith(".T") else f"{name}.T"


def _axes_by_name(answer: Callable[..., Any], specs: tuple[Spec, ...]) -> dict[str, tuple[str, ...]]:
    """The axes of the learner's parameters, by the names that they have in the learner's function."""
    code = code_of(answer)
    names = code.co_varnames[: code.co_argcount] if code is not None else ()
    return {name: spec.axes for name, spec in zip(names, specs, strict=False) if spec.axes}
