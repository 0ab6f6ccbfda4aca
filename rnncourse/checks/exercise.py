"""What an exercise is made of, and how to write one.

1. Put its function into rnncourse/reference/, small and clear: its source is the solution that learners see.
   Where the package's own function has another signature than the exercise, write the plain form beside it
   (rnncourse/reference/textbook.py).
2. Describe it in rnncourse/checks/<chapter>.py as an `Exercise` and add it to the tuple EXERCISES there;
   nothing else needs to know it. `cases=from_draws("TBDH", make)` gives every kind of case: random sizes, one
   step, one row, long, large values, float32; `make(draw)` draws the arguments with draw.array("TBD"),
   draw.states("BH"), draw.weights("HD"), draw.lengths(), draw.mask() and returns draw.case(*arguments).
   Arguments that have no such sizes get a generator of Case of their own (chapter 01 does).
3. Write each mistake that you expect as a `Misconception`: a function that makes it, and the sentence that
   explains it. On the first kind of case no two of them may give the same result; write them with the
   reference, not beside it.
4. Write answers in tests/checks/answers/<chapter>.py: three correct ones in other styles, ten wrong ones, six
   of them as a learner would make them, each with words that the check must say. Then run `pytest tests/checks
   -k name`: it also tries the misconceptions and mutants of the reference, and names what survives. A mutant
   that computes the same is listed in `equivalent` with the reason.
5. `python -m rnncourse.checks stub name` prints the stub for the chapter's cell, and `python tools/checks_report.py`
   renews the two pages of the book that list exercises and the quality of their checks.
"""

import ast
import builtins
import copy
import inspect
import textwrap
import types
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from rnncourse.checks.cases import Case
from rnncourse.checks.compare import FLOAT32_TOLERANCE, Spec
from rnncourse.checks.guard import Outcome, call


@dataclass(frozen=True)
class Misconception:
    """A known mistake, as code: an answer that equals `wrong` is explained by `because`.

    wrong : the mistaken function, same arguments as the exercise; it may raise, and then the exception is compared.
    because : one or two sentences that finish "likely cause: …", ideally with what to look at next.
    """

    because: str
    wrong: Callable[..., Any]


@dataclass(frozen=True)
class OwnForward:
    """How to hold a backward pass against numerical differences of the learner's own forward.

    arguments(case) -> the arguments of the forward pass, in the order in which backward returns their gradients.
    backward(case, outputs) -> the arguments of the backward pass, given what the learner's forward returned.
    cotangent(case) -> the gradient that arrives at the forward's output: the loss is the sum of cotangent times output.
    """

    arguments: Callable[[Case], tuple[Any, ...]]
    backward: Callable[[Case, Any], tuple[Any, ...]]
    cotangent: Callable[[Case], Any]


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """One exercise. Everything that a learner sees, and everything that the check needs.

    inputs, outputs : "name (axes) remark", axes as letters: T steps, B rows, D, H, K …; messages name them.
    reference : the package's own function; its source is the solution.
    cases : rng -> the cases, the most ordinary one first (misconceptions are recognised on the first that fails).
    explain : (case, value, expected) -> a likely cause, or None; for what a Misconception cannot express.
    judge : (case, value, expected) -> what is wrong, or ""; replaces the comparison where many answers are right.
    view : applied to a returned value before it is looked at (an iterator made a list, say).
    causal : names of the inputs whose future the result must not see.
    may_alias : the answer may return an argument's own memory.
    """

    name: str
    chapter: str
    signature: str
    difficulty: Literal["predict", "complete", "extend"]
    statement: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    reference: Callable[..., Any]
    cases: Callable[[np.random.Generator], Iterable[Case]]
    hints: tuple[str, ...]
    misconceptions: tuple[Misconception, ...]
    explain: Callable[[Case, Any, Any], str | None] | None = None
    judge: Callable[[Case, Any, Any], str] | None = None
    view: Callable[[Any], Any] | None = None
    own_forward: OwnForward | None = None
    causal: tuple[str, ...] = ()
    may_alias: bool = False
    tolerance: float = 1e-9

    @property
    def input_specs(self) -> tuple[Spec, ...]:
        return tuple(Spec.parse(text) for text in self.inputs)

    @property
    def output_specs(self) -> tuple[Spec, ...]:
        return tuple(Spec.parse(text) for text in self.outputs)

    def expected(self, case: Case) -> Any:
        """What the reference gives."""
        return self.viewed(self.reference)(*copy.deepcopy(case.args))

    def try_on(self, case: Case, answer: Callable[..., Any], seconds: float = 2.0) -> Outcome:
        """What an answer gives, safely, on arguments of its own."""
        return call(self.viewed(answer), copy.deepcopy(case.args), seconds)

    def viewed(self, answer: Callable[..., Any]) -> Callable[..., Any]:
        """The answer with `view` applied to its result: an iterator is then run through inside the guard."""
        view = self.view
        if view is None:
            return answer

        def with_view(*args: Any) -> Any:
            value = answer(*args)
            return value if value is None or value is ... else view(value)

        with_view.__wrapped__ = answer  # type: ignore[attr-defined]
        return with_view

    def tolerance_on(self, case: Case) -> float:
        return self.tolerance if case.dtype == "float64" else max(self.tolerance, FLOAT32_TOLERANCE)

    @property
    def call_signature(self) -> str:
        return self.signature.partition(" ->")[0]

    @property
    def stub(self) -> str:
        """The cell's first lines: signature, docstring with shapes, and nothing."""
        shapes = [f"{', '.join(self.inputs)} -> {', '.join(self.outputs)}"]
        body = [*textwrap.wrap(self.statement, 96), "", *textwrap.wrap(shapes[0], 96)]
        return (
            f'def {self.call_signature}:\n    """'
            + "\n    ".join(body).replace("\n    \n", "\n\n")
            + '\n    """\n    raise NotImplementedError\n'
        )

    @property
    def solution(self) -> str:
        """The reference's own source, with the imports that let it run in a notebook."""
        source = textwrap.dedent(inspect.getsource(self.reference))
        imports = sorted({_import_line(name, self.reference) for name in _free_names(source, self.reference)})
        return "\n".join([*imports, "", "", source]) if imports else source


def _free_names(source: str, function: Callable[..., Any]) -> set[str]:
    """Names that the source takes from its module."""
    used = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
    space = inspect.unwrap(function).__globals__
    return {n for n in used if n in space and n != function.__name__ and not hasattr(builtins, n)}


def _import_line(name: str, function: Callable[..., Any]) -> str:
    value = inspect.unwrap(function).__globals__[name]
    if isinstance(value, types.ModuleType):
        package, _, last = value.__name__.rpartition(".")
        if package and last == name:
            return f"from {package} import {name}"
        return f"import {value.__name__}" + (f" as {name}" if value.__name__ != name else "")
    home = getattr(value, "__module__", None)
    named = getattr(value, "__name__", None) == name and isinstance(home, str)
    return f"from {home if named else function.__module__} import {name}"
