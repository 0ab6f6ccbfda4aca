"""What an exercise is made of.

It stands on its chapter's sheet, rnncourse/exercises/topic.py: the solution, what the learner is told, the slips.
CONTRIBUTING.md says how to add one, step by step.
"""

import ast
import builtins
import functools
import inspect
import textwrap
import types
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from rnncourse.checks.cases import Case, with_zeros
from rnncourse.checks.compare import FLOAT32_TOLERANCE, Spec, Tolerance
from rnncourse.checks.guard import Outcome, call
from rnncourse.checks.plain import Other, collected, plain
from rnncourse.checks.slip import Slip, source_of


@dataclass(frozen=True)
class Misconception:
    """A known mistake as a function of its own, where no edit of the solution makes it (else: `Slip`).

    because : one or two sentences that finish "likely cause: …", ideally with what to look at next.
    wrong : the mistaken function, same arguments as the exercise; it may raise, and then the exception is compared.
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

    reference : the solution, a function of the sheet or of the package; it gives the exercise its name and arguments.
    inputs, outputs : "name (axes) remark", axes as letters: T steps, B rows, D, H, K …; messages name them.
    cases : rng -> the cases, the most ordinary one first (misconceptions are recognised on the first that fails).
    package : the package's function that does the same with another signature, where the solution is a plain form.
    explain : (case, value, expected) -> a likely cause, or None; for what a Misconception cannot express.
    judge : (case, value, expected) -> what is wrong, or ""; replaces the comparison where many answers are right.
    calls : (*arguments) -> how often the answer is called on one case, for answers that draw at random; their values
        come as one list, and `judge` looks at all of them.
    view : applied to a returned value before it is looked at (an iterator made a list, say).
    causal : names of the inputs whose future the result must not see.
    may_alias : the answer may return an argument's own memory; elsewhere it is told that it does.
    copies : the statement asks for new arrays: to return an argument's memory is wrong.
    each_step : what is small counts: each step of a result is compared by its own size.
    raises : exceptions with which the solution refuses some cases; there the answer must raise the same.
    from_forward : (case, forward) -> the case with arguments that the learner's own forward= has made.
    never_zero : names of inputs that are never all zero; every other float array is, once.
    """

    reference: Callable[..., Any]
    difficulty: Literal["predict", "complete", "extend"]
    statement: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    cases: Callable[[np.random.Generator], Iterable[Case]]
    hints: tuple[str, ...]
    slips: tuple[Slip | Misconception, ...]
    package: Callable[..., Any] | None = None
    explain: Callable[[Case, Any, Any], str | None] | None = None
    judge: Callable[[Case, Any, Any], str] | None = None
    calls: Callable[..., int] | None = None
    view: Callable[[Any], Any] | None = None
    own_forward: OwnForward | None = None
    causal: tuple[str, ...] = ()
    may_alias: bool = False
    copies: bool = False
    each_step: bool = False
    raises: tuple[type[Exception], ...] = ()
    from_forward: Callable[[Case, Any], Case] | None = None
    never_zero: tuple[str, ...] = ()
    tolerance: float = 1e-9
    chapter: str = ""  # the sheet's, filled in by the registry

    @property
    def name(self) -> str:
        return self.reference.__name__

    @functools.cached_property
    def signature(self) -> str:
        """As it stands in lists: name(arguments) -> results."""
        results = [spec.name for spec in self.output_specs]
        returned = results[0] if len(results) == 1 else f"({', '.join(results)})"
        return f"{self.name}({', '.join(inspect.signature(self.reference).parameters)}) -> {returned}"

    @property
    def in_package(self) -> str:
        """Where the package has the same: "rnncourse.reference.lstm.lstm_step(x_t, state, params)"; or ""."""
        function = self.package or self.reference
        if not function.__module__.startswith("rnncourse.reference."):
            return ""
        words = [
            f"{name}=…" if parameter.kind is parameter.KEYWORD_ONLY else str(parameter).partition(":")[0]
            for name, parameter in inspect.signature(function).parameters.items()
        ]
        return f"{function.__module__}.{function.__name__}({', '.join(words)})"

    @functools.cached_property
    def misconceptions(self) -> tuple[Misconception, ...]:
        """Every slip as a function that makes it."""
        return tuple(
            slip if isinstance(slip, Misconception) else Misconception(slip.because, slip.made_in(self.reference))
            for slip in self.slips
        )

    @property
    def input_specs(self) -> tuple[Spec, ...]:
        return tuple(Spec.parse(text) for text in self.inputs)

    @property
    def output_specs(self) -> tuple[Spec, ...]:
        return tuple(Spec.parse(text) for text in self.outputs)

    def draw(self, seed: int) -> list[Case]:
        """Every case of this seed, the most ordinary one first; zeros last, on the sizes of the second case."""
        cases = list(self.cases(np.random.default_rng(seed)))
        may_be_zero = [spec.name for spec in self.input_specs if spec.name not in self.never_zero]
        return [*cases, *with_zeros(cases[min(1, len(cases) - 1)], self.input_specs, may_be_zero)]

    def expected(self, case: Case) -> Any:
        """What the reference gives."""
        return self.viewed(self.reference)(*case.fresh())

    def try_on(self, case: Case, answer: Callable[..., Any], seconds: float = 2.0) -> Outcome:
        """What an answer gives, safely, on arguments of its own."""
        return call(self.viewed(answer), case.fresh(), seconds)

    def viewed(self, answer: Callable[..., Any]) -> Callable[..., Any]:
        """The answer as it is judged: called as often as `calls` says, `view` applied to its result."""
        once, calls = self.viewed_once(answer), self.calls
        if calls is None:
            return once

        def many(*args: Any) -> Any:
            first = once(*args)
            return first if _nothing(first) else [first, *(once(*args) for _ in range(calls(*args) - 1))]

        many.__wrapped__ = answer  # type: ignore[attr-defined]
        return many

    def viewed_once(self, answer: Callable[..., Any]) -> Callable[..., Any]:
        """One call, `view` applied to its result: an iterator is then run through inside the guard."""
        view = self.view
        if view is None:
            return answer

        def with_view(*args: Any) -> Any:
            value = answer(*args)
            if isinstance(value, Iterator):  # never more of it than an exercise can ask for
                value = collected(value)
            value = plain(value)
            return value if _nothing(value) or isinstance(value, Other) else view(value)

        with_view.__wrapped__ = answer  # type: ignore[attr-defined]
        return with_view

    def tolerance_on(self, case: Case) -> Tolerance:
        exact, single = self.tolerance == 0.0, case.dtype == "float32"
        relative = max(self.tolerance, FLOAT32_TOLERANCE) if single and not exact else self.tolerance
        return Tolerance(relative, self.each_step)

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
        imports, sources = _needed(self.reference)
        return "\n\n\n".join(["\n".join(imports), *sources] if imports else sources)


def _nothing(value: Any) -> bool:
    """What a stub returns."""
    return value is None or value is ...


def _needed(function: Callable[..., Any]) -> tuple[list[str], list[str]]:
    """What a notebook needs to run a function: import lines, then sources, what is called first before what calls it.

    A private function of the same module comes along as source: it is nobody's business to import it.
    """
    imports, sources, space = set(), [], inspect.unwrap(function).__globals__
    for name in sorted(_free_names(function)):
        value = space[name]
        if name.startswith("_") and inspect.isfunction(value):
            more, before = _needed(value)
            imports |= set(more)
            sources += [source for source in before if source not in sources]
        elif value is np.ndarray:  # the sheet's short name for it
            imports |= {"import numpy as np", f"{name} = np.ndarray"}
        else:
            imports.add(_import_line(name, function))
    return sorted(imports, key=lambda line: (" = " in line, line)), [*sources, source_of(function)]


def _free_names(function: Callable[..., Any]) -> set[str]:
    """Names that the source takes from its module."""
    used = {node.id for node in ast.walk(ast.parse(source_of(function))) if isinstance(node, ast.Name)}
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
