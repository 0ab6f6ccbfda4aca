"""The exception that ends the learner's code, and why it is not the last: what swallows it meets another at once.

From the first one on every further line of the learner's code raises the next. Python takes a tracing function away
when it raises; the profiling function, called when the next function is called or left, puts it back.
"""

import sys
import types
from collections.abc import Callable
from typing import Any

from rnncourse.checks import limit

_files, _bottoms = {__file__, limit.__file__}, set[types.CodeType]()


def runs_under(within: Callable[..., Any]) -> None:
    """The function that calls the learner's, and its file, whose lines are never broken off."""
    _bottoms.add(within.__code__)
    _files.add(within.__code__.co_filename)


class OutOfTime(BaseException):
    """Raised inside the answer when its time is over. Not an Exception, so that `except Exception` lets it through.

    It is made in the thread that it stops, whoever raised it: the place to see to it that more will follow.
    """

    def __init__(self) -> None:
        super().__init__()
        _insist()


class Tracer:
    """Remembers who traced before, to set it back."""

    def __init__(self) -> None:
        self.trace, self.profile = sys.gettrace(), sys.getprofile()

    def restore(self) -> None:
        if sys.gettrace() is not self.trace:  # a debugger does not like to be set anew
            sys.settrace(self.trace)
        if sys.getprofile() is not self.profile:
            sys.setprofile(self.profile)


def _insist() -> None:
    """From now on every line of the learner's raises."""
    frame: types.FrameType | None = sys._getframe(1)
    while frame is not None:  # to the end: somewhere below stands what it runs under
        if not ours(frame):
            frame.f_trace = _raise
        elif frame.f_code in _bottoms:
            break
        frame = frame.f_back
    sys.settrace(_raise)
    sys.setprofile(_insist_again)


def _raise(frame: types.FrameType, event: str, arg: Any) -> Any:
    if ours(frame):
        return None
    if event == "line":
        raise OutOfTime
    return _raise


def _insist_again(frame: types.FrameType, event: str, arg: Any) -> None:
    if not ours(frame):
        _insist()


def importing(frame: types.FrameType | None) -> bool:
    """Whether the learner's code is loading a module: one that is broken off may end the process when it comes again.

    So it is with PyTorch's, which registers its types with compiled code and can do so once only.
    """
    while frame is not None and frame.f_code not in _bottoms:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def ours(frame: types.FrameType) -> bool:
    """Lines that must not be broken off: those that keep the time, and of Python's own import."""
    file = frame.f_code.co_filename
    return file in _files or file.startswith("<frozen importlib")
