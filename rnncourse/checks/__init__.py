"""Exercises that check themselves, for learning: `check("rnn_step", rnn_step)`, then `hint`, then `solution`.

This package is the judge; what it judges stands on the sheets of `rnncourse.exercises`.
"""

from rnncourse.checks.questions import question
from rnncourse.checks.registry import check, exercises, hint, progress, solution
from rnncourse.checks.result import CaseResult, CheckResult
from rnncourse.checks.slip import Slip, edited

__all__ = [
    "CaseResult",
    "CheckResult",
    "Slip",
    "check",
    "edited",
    "exercises",
    "hint",
    "progress",
    "question",
    "solution",
]
