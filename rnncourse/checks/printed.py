"""Holds back what the learner's function prints, and nobody else's output."""

import sys
import threading
from collections.abc import Iterable
from typing import Any

KEPT = 2000  # characters; an endless print must not fill the memory


class Printed:
    """While it is entered, the beginning of what this thread writes to sys.stdout is kept here and not shown."""

    def __init__(self) -> None:
        self.text, self.lines = "", 0

    def __enter__(self) -> "Printed":
        _stand_in.record(self)
        return self

    def __exit__(self, *exception: object) -> None:
        _stand_in.forget()

    def write(self, text: str) -> None:
        if len(self.text) < KEPT:
            self.text += text[:KEPT]
        if text == "\n":  # as print ends a line
            self.lines += 1


class _StandIn:
    """Stands in for sys.stdout: hands on what threads without a `Printed` write.

    There is one, and it is never freed: another thread's print may still hold it when a check has ended.
    """

    def __init__(self) -> None:
        self.before: Any = None
        self.records: dict[int, list[Printed]] = {}  # thread → its records, the innermost last
        self.lock = threading.RLock()

    def record(self, printed: Printed) -> None:
        with self.lock:
            if sys.stdout is not self:
                self.before, sys.stdout = sys.stdout, self
            self.records.setdefault(threading.get_ident(), []).append(printed)

    def forget(self) -> None:
        with self.lock:
            mine = self.records[threading.get_ident()]
            mine.pop()
            if not mine:
                del self.records[threading.get_ident()]
            sys.stdout = self if self.records else self.before

    def write(self, text: str) -> int:
        mine = self.records.get(threading.get_ident())
        if mine:
            mine[-1].write(text)
        elif self.before is not None:
            return self.before.write(text)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def close(self) -> None:
        """It is everybody's: an answer does not close it."""
        if self.before is not None and threading.get_ident() not in self.records:
            self.before.close()

    def flush(self) -> None:
        if self.before is not None and threading.get_ident() not in self.records:
            self.before.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["before"], name)


_stand_in = _StandIn()
