"""Exercises that check themselves, for learning: `check("rnn_step", rnn_step)`, then `hint`, then `solution`.

An exercise is an `Exercise` (exercise.py) in the module of its chapter; `judging` turns an answer into a verdict.
"""

from rnncourse.checks.questions import question
from rnncourse.checks.registry import check, exercises, hint, progress, solution
from rnncourse.checks.result import CaseResult, CheckResult

__all__ = ["CaseResult", "CheckResult", "check", "exercises", "hint", "progress", "question", "solution"]
