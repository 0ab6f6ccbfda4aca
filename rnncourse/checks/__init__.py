"""Exercises that check themselves, for learning: `check("rnn_step", rnn_step)`, then `hint`, then `solution`.

This package is the judge; what it judges stands on the sheets of `rnncourse.exercises`. `judging` turns an answer into
a verdict, one `attempt` a case: `guard` calls it (`deadline` ends it, `plain` looks at what it returned,
`numpy_identity` at what it did to NumPy), `compare` says what is wrong, `manners` what it did besides, `causes` why,
`result` shows it.
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
