"""Holds back what the learner's function prints, and nobody else's output."""

import sys
import threading
from typing import Any

KEPT = 2000  # characters; an endless print must not fill the memory


class Printed:
    """Stands in for sys.stdout: keeps the beginning of what this thread writes, hands on what other threads write."""

    def __init__(self) -> None:
        self.text, self.lines, self.over = "", 0, False
        self._stdout, self._thread = sys.stdout, threading.get_ident()

    def __enter__(self) -> "Printed":
        sys.stdout = self
        return self

    def __exit__(self, *exception: object) -> None:
        self.over = True
        before = self._stdout
        while isinstance(before, Printed) and before.over:  # another thread's check has ended in the meantime
            before = before._stdout
        sys.stdout = before

    def write(self, text: str) -> int:
        if self.over or threading.get_ident() != self._thread:
            return self._stdout.write(text) if self._stdout is not None else len(text)
        if len(self.text) < KEPT:
            self.text += text[:KEPT]
        if text == "\n":  # as print ends a line
            self.lines += 1
        return len(text)

    def flush(self) -> None:
        if self._stdout is not None and (self.over or threading.get_ident() != self._thread):
            self._stdout.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stdout, name)
