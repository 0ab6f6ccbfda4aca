"""Ends the learner's code when its time is over.

By a timer signal where there is one (the main thread of a kernel), else by a second thread that has an exception
raised in the first (Windows; any other thread), else, where there are no threads either (a browser), by tracing lines.

One exception is not enough: a bare `except:` in an endless loop swallows it. So from the first one on every further
line of the learner's code raises another, and the signal and the second thread come again.

What cannot be ended: a single call into compiled code that never comes back, such as `sum(itertools.count())`, and, in
a browser alone, a loop without any call whose bare `except:` swallows the one exception; there the page's Stop helps.
Nor can memory be guarded against a list that grows until the time is over. However code ends, the clock decides:
what comes back late counts as late (guard.py).
"""

import dis
import functools
import signal
import sys
import threading
import time
import types
from collections.abc import Callable
from typing import Any

AGAIN = 0.02  # seconds between one attempt and the next


class OutOfTime(BaseException):
    """Raised inside the answer when its time is over. Not an Exception, so that `except Exception` lets it through.

    It is made in the thread that it stops, whoever raised it: the place to see to it that more will follow.
    """

    def __init__(self) -> None:
        super().__init__()
        _insist()


def within(seconds: float, function: Callable[[], Any]) -> Any:
    """What function() returns; raises OutOfTime in it when its time is over."""
    for limit in (_Signal(seconds), _Thread(seconds), _Trace(seconds)):
        try:
            try:
                if limit.start():
                    return function()
            finally:
                limit.running = False  # nobody begins another attempt; one that is under way may arrive in these lines
                _stop(limit)
        finally:
            _stop(limit)


def _stop(limit: Any) -> None:
    while True:
        try:
            limit.stop()
            return
        except OutOfTime:
            continue


class _Signal:
    """A timer of the operating system; its signal reaches the main thread alone."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.running, self.set = seconds, True, False
        self.tracer = _Tracer()

    def start(self) -> bool:
        if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
            return False
        self.old_timer, self.began = signal.getitimer(signal.ITIMER_REAL), time.monotonic()
        self.old_handler = signal.signal(signal.SIGALRM, self._ring)
        self.set = True
        signal.setitimer(signal.ITIMER_REAL, self.seconds, AGAIN)
        return True

    def _ring(self, signum: int, frame: Any) -> None:
        if self.running:
            raise OutOfTime

    def stop(self) -> None:
        self.tracer.restore()
        if self.set:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self.old_handler)
            left, interval = self.old_timer
            if left:  # somebody else's timer was running: set it back
                signal.setitimer(signal.ITIMER_REAL, max(0.01, left - (time.monotonic() - self.began)), interval)
            self.set = False


class _Thread:
    """A second thread that sleeps until the time is over and then has OutOfTime raised in the first."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.running, self.over = seconds, True, threading.Event()
        self.tracer, self.watch = _Tracer(), threading.Thread(target=self._watch, daemon=True)

    def start(self) -> bool:
        try:
            import ctypes

            self.raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
            self.ident, self.exception = ctypes.c_ulong(threading.get_ident()), ctypes.py_object(OutOfTime)
            self.watch.start()
        except (ImportError, AttributeError, RuntimeError):  # a browser has no threads
            return False
        return True

    def _watch(self) -> None:
        wait = self.seconds
        while not self.over.wait(wait):
            if self.running:
                self.raise_in(self.ident, self.exception)
            wait = AGAIN

    def stop(self) -> None:
        self.tracer.restore()
        self.over.set()
        if self.watch.ident is not None:
            self.watch.join()
        self.tracer.restore()  # what was raised before that arrives in this call at the latest


class _Trace:
    """Looks at the clock at every line that runs. A debugger that traces already is left alone: then nothing ends."""

    def __init__(self, seconds: float) -> None:
        self.end, self.running, self.tracer = time.monotonic() + seconds, True, _Tracer()

    def start(self) -> bool:
        if sys.gettrace() is None:
            sys.settrace(self._look)
        return True

    def _look(self, frame: types.FrameType, event: str, arg: Any) -> Any:
        if _ours(frame):
            return None
        if time.monotonic() > self.end:
            raise OutOfTime
        if event == "call" and _loops_on_one_line(frame.f_code):
            frame.f_trace_opcodes = True
        return self._look

    def stop(self) -> None:
        self.tracer.restore()


class _Tracer:
    """Remembers who traced before, to set it back."""

    def __init__(self) -> None:
        self.trace, self.profile = sys.gettrace(), sys.getprofile()

    def restore(self) -> None:
        if sys.gettrace() is not self.trace:  # a debugger does not like to be set anew
            sys.settrace(self.trace)
        if sys.getprofile() is not self.profile:
            sys.setprofile(self.profile)


def _insist() -> None:
    """From now on every line of the learner's raises: what swallowed the first exception meets the next at once.

    Python takes a tracing function away when it raises. The profiling function, called when the next function is
    called or left, puts it back.
    """
    frame: types.FrameType | None = sys._getframe(1)
    while frame is not None:  # to the end: somewhere below stands `within`
        if not _ours(frame):
            frame.f_trace = _raise
        elif frame.f_code is within.__code__:
            break
        frame = frame.f_back
    sys.settrace(_raise)
    sys.setprofile(_insist_again)


def _raise(frame: types.FrameType, event: str, arg: Any) -> Any:
    if _ours(frame):
        return None
    if event == "line":
        raise OutOfTime
    return _raise


def _insist_again(frame: types.FrameType, event: str, arg: Any) -> None:
    if not _ours(frame):
        _insist()


@functools.lru_cache(maxsize=500)
def _loops_on_one_line(code: types.CodeType) -> bool:
    """Whether some loop stays on one line: Python 3.11 then traces no line, however often it goes round."""
    if sys.version_info >= (3, 12):
        return False
    lines = {start: line for start, _, line in code.co_lines()}
    line_of, line = {}, None
    for instruction in dis.get_instructions(code):
        line = lines.get(instruction.offset, line)
        line_of[instruction.offset] = line
        if "BACKWARD" in instruction.opname and line_of.get(instruction.argval) == line:
            return True
    return False


def _ours(frame: types.FrameType) -> bool:
    """Lines that must not be broken off: those of this file, and of Python's own import."""
    file = frame.f_code.co_filename
    return file == __file__ or file.startswith("<frozen importlib")
