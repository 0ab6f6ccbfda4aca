"""What an exercise is made of.

It stands on its chapter's sheet, rnncourse/exercises/topic.py: the solution, what the learner is told, the slips.
CONTRIBUTING.md says how to add one, step by step.
"""

import functools
import inspect
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from rnncourse.checks.cases import Case
from rnncourse.checks.compare import Spec
from rnncourse.checks.guard import Outcome, call
from rnncourse.checks.plain import Other, collected, plain
from rnncourse.checks.slip import Slip
from rnncourse.checks.solutions import needed
from rnncourse.checks.special_values import with_one_array, with_zeros
from rnncourse.checks.tolerance import FLOAT32_TOLERANCE, Tolerance


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
    calls : (*arguments) -> how often the answer is called on one case, for answers that draw at random, or the
        arguments of the calls after the first; the values come as one list, and `judge` looks at all of them.
    view : applied to a returned value before it is looked at (an iterator made a list, say).
    causal : names of the inputs whose future the result must not see.
    may_alias : the answer may return an argument's own memory; elsewhere it is told that it does.
    copies : the statement asks for new arrays: to return an argument's memory is wrong.
    each_step : what is small counts: each step of a result is compared by its own size.
    raises : exceptions with which the solution refuses some cases; there the answer must raise the same.
    from_forward : (case, forward) -> the case with arguments that the learner's own forward= has made, or a sentence:
        why nobody could work with them.
    by_forward : (case, value, forward) -> what the learner's own forward=, where one is given, finds wrong, or "".
    partner : the exercise whose answer forward= takes, for from_forward and by_forward: the encoder of a decoder, say.
    never_zero : names of inputs that are never all zero; every other float array is, once.
    one_array : names of inputs for which a caller may hand over one and the same array, that of the first.
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
    calls: Callable[..., int | Sequence[tuple[Any, ...]]] | None = None
    view: Callable[[Any], Any] | None = None
    own_forward: OwnForward | None = None
    causal: tuple[str, ...] = ()
    may_alias: bool = False
    copies: bool = False
    each_step: bool = False
    raises: tuple[type[Exception], ...] = ()
    from_forward: Callable[[Case, Any], Case | str] | None = None
    by_forward: Callable[[Case, Any, Any], str] | None = None
    partner: str = ""
    never_zero: tuple[str, ...] = ()
    one_array: tuple[str, ...] = ()
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
        base, specs = cases[min(1, len(cases) - 1)], self.input_specs
        return [*cases, *with_zeros(base, specs, may_be_zero), *with_one_array(base, specs, self.one_array)]

    def expected(self, case: Case) -> Any:
        """What the reference gives, once where the answer is called many times; or what the case itself says."""
        if "expected" in case.extra:
            return case.extra["expected"]
        once = self.viewed_once(self.reference)(*case.fresh())
        return once if self.calls is None else [once]

    def try_on(self, case: Case, answer: Callable[..., Any], seconds: float = 2.0) -> Outcome:
        """What an answer gives, safely, on arguments of its own."""
        return call(self.viewed(answer), case.fresh(), seconds)

    def viewed(self, answer: Callable[..., Any]) -> Callable[..., Any]:
        """The answer as it is judged: called as often as `calls` says, `view` applied to its result."""
        once, calls = self.viewed_once(answer), self.calls
        if calls is None:
            return once

        def many(*args: Any) -> Any:
            more = calls(*args)
            more = [args] * (more - 1) if isinstance(more, int) else more
            first = once(*args)
            return first if _nothing(first) else [first, *(once(*others) for others in more)]

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
    def check_call(self) -> str:
        """The line that checks it, the cell's last one: with the partner, where nothing can be judged without it."""
        forward = f", forward={self.partner}" if self.from_forward and self.partner else ""
        return f'check("{self.name}", {self.name}{forward})'

    @property
    def stub(self) -> str:
        """The cell's first lines: signature, docstring with shapes, and nothing."""
        shapes = [f"{', '.join(self.inputs)} -> {', '.join(self.outputs)}"]
        body = [*textwrap.wrap(f'"""{self.statement}', 76), "", *textwrap.wrap(shapes[0], 76)]
        return (
            f"def {self.call_signature}:\n    "
            + "\n    ".join(body).replace("\n    \n", "\n\n")
            + '\n    """\n    raise NotImplementedError\n'
        )

    @property
    def solution(self) -> str:
        """The reference's own source, with the imports that let it run in a notebook."""
        imports, sources = needed(self.reference)
        return "\n\n\n".join(["\n".join(imports), *sources] if imports else sources)


def _nothing(value: Any) -> bool:
    """What a stub returns."""
    return value is None or value is ...
