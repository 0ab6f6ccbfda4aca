"""Ends the learner's code when its time is over.

By a timer signal where there is one (the main thread of a kernel), else by a second thread that has an exception
raised in the first (Windows; any other thread), else, where there are no threads either (a browser), by tracing lines.
The second thread also stands behind the signal, a little later: code may turn the alarm off.

One exception is not enough: a bare `except:` in an endless loop swallows it. So more follow it (insisting.py), and the
signal and the second thread come again. A module that is being loaded is waited for, up to a minute.

What cannot be ended: a single call into compiled code that never comes back, such as `sum(itertools.count())`, and, in
a browser alone, a loop without any call whose bare `except:` swallows the one exception; there the page's Stop helps.
Nor can memory be guarded against a list that grows until the time is over. However code ends, what comes back late
counts as late (guard.py). What late is, on a busy machine too, says limit.py.
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

from rnncourse.checks.insisting import OutOfTime, Tracer, importing, ours, runs_under
from rnncourse.checks.limit import Limit

AGAIN = 0.02  # seconds between one attempt and the next
LATER = 0.2  # after the alarm should have rung
FOR_IMPORTS = 60.0  # more for a module that is being loaded: it is not broken off halfway


def within(seconds: float, function: Callable[[], Any], silenced: list[str] | None = None) -> Any:
    """What function() returns; raises OutOfTime in it when its time is over.

    silenced : gets a word where the function has set the timer, or what its signal does.
    """
    alarm = _Signal(seconds, silenced if silenced is not None else [])
    if alarm.can_ring():  # it ends before the thread does, which no alarm may break off
        return _first_of((_Thread(seconds + LATER),), lambda: _first_of((alarm,), function))
    return _first_of((_Thread(seconds), _Trace(seconds)), function)


runs_under(within)


def _due(limit: Limit, frame: types.FrameType | None) -> bool:
    """Whether the code that stands at this frame is to be ended now."""
    return limit.over() and (limit.left() < -FOR_IMPORTS or not importing(frame))


def _first_of(watches: tuple[Any, ...], function: Callable[[], Any]) -> Any:
    """Under the first watch that there is in this place; under none where there is none."""
    for watch in watches:
        ran, value = _under(watch, function)
        if ran:
            return value
    return function()


def _under(watch: Any, function: Callable[[], Any]) -> tuple[bool, Any]:
    """Whether there is such a watch in this place, and what the function returned under it."""
    try:
        try:
            return (True, function()) if watch.start() else (False, None)
        finally:
            watch.running = False  # nobody begins another attempt; one that is under way may arrive in these lines
            _stop(watch)
    finally:
        _stop(watch)


def _stop(watch: Any) -> None:
    while True:
        try:
            watch.stop()
            return
        except OutOfTime:
            continue


class _Signal:
    """A timer of the operating system; its signal reaches the main thread alone."""

    def __init__(self, seconds: float, silenced: list[str]) -> None:
        self.limit, self.running, self.set, self.silenced = Limit(seconds), True, False, silenced
        self.tracer = Tracer()

    def can_ring(self) -> bool:
        return hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()

    def start(self) -> bool:
        self.old_timer, self.began = signal.getitimer(signal.ITIMER_REAL), time.monotonic()
        self.old_handler = signal.signal(signal.SIGALRM, self._ring)
        self.set = True
        signal.setitimer(signal.ITIMER_REAL, self.limit.seconds, AGAIN)
        return True

    def _ring(self, signum: int, frame: Any) -> None:
        if self.running and _due(self.limit, frame):
            raise OutOfTime

    def stop(self) -> None:
        self.tracer.restore()
        if self.set:
            if signal.getsignal(signal.SIGALRM) != self._ring or not signal.getitimer(signal.ITIMER_REAL)[1]:
                self.silenced.append("SIGALRM")
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self.old_handler)
            left, interval = self.old_timer
            if left:  # somebody else's timer was running: set it back
                signal.setitimer(signal.ITIMER_REAL, max(0.01, left - (time.monotonic() - self.began)), interval)
            self.set = False


class _Thread:
    """A second thread that sleeps until the time is over and then has OutOfTime raised in the first."""

    def __init__(self, seconds: float) -> None:
        self.limit, self.running, self.ended = Limit(seconds), True, threading.Event()
        self.tracer, self.watch = Tracer(), threading.Thread(target=self._watch, daemon=True)

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
        wait = self.limit.seconds
        while not self.ended.wait(wait):
            if self.running and _due(self.limit, sys._current_frames().get(self.ident.value)):
                self.raise_in(self.ident, self.exception)
            wait = AGAIN

    def stop(self) -> None:
        self.tracer.restore()
        self.ended.set()
        if self.watch.ident is not None:
            self.watch.join()
        self.tracer.restore()  # what was raised before that arrives in this call at the latest


class _Trace:
    """Looks at the clock at every line that runs. A debugger that traces already is left alone: then nothing ends."""

    def __init__(self, seconds: float) -> None:
        self.limit, self.running, self.tracer = Limit(seconds), True, Tracer()

    def start(self) -> bool:
        if sys.gettrace() is None:
            sys.settrace(self._look)
        return True

    def _look(self, frame: types.FrameType, event: str, arg: Any) -> Any:
        if ours(frame):
            return None
        if _due(self.limit, frame):
            raise OutOfTime
        if event == "call" and _loops_on_one_line(frame.f_code):
            frame.f_trace_opcodes = True
        return self._look

    def stop(self) -> None:
        self.tracer.restore()


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
