"""Exercises made up for one test, to try an option of the judge."""

from rnncourse.checks import check
from rnncourse.checks.cases import Case
from rnncourse.checks.exercise import Exercise
from rnncourse.checks.judging import judge
from rnncourse.checks.registry import all_exercises


def toy(solution, *arguments, inputs=("x",), outputs=("y",), extra=(), **options):
    """An exercise whose solution is this function, tried on each of these tuples of arguments and on no others."""
    return Exercise(
        reference=solution,
        difficulty="predict",
        statement="A toy.",
        inputs=inputs,
        outputs=outputs,
        cases=lambda rng: [
            Case(args, f"a case: {k}", extra=extra[k] if extra else {}) for k, args in enumerate(arguments)
        ],
        hints=(),
        never_zero=[text.split()[0] for text in inputs],
        **{"slips": (), **options},
    )


def checked(name, answer, **options):
    """check(), with our own answer to the partner, where the exercise has one, as forward=."""
    partner = all_exercises()[name].partner
    options |= {"forward": all_exercises()[partner].reference} if partner else {}
    return check(name, answer, **options)


def judged(exercise, answer, forward=None, seconds=5.0):
    return judge(exercise, answer, forward, 0, seconds)
