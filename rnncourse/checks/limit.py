"""How long an answer may take. Its work counts, so that a busy machine makes no answer late and none look different.

Seconds of the processor's are counted while the answer works. While it sleeps or waits the clock counts, and at the
latest after twice as long by the clock its time is over, whatever else the machine has to do.
"""

import time

AT_MOST = 2  # times as long by the clock
WAITING = 0.1  # of the clock's seconds: who works less than this does not work but wait


class Limit:
    """So many seconds from now on."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.began, self.work = time.monotonic(), time.process_time()

    def spent(self) -> float:
        """Seconds of them that are gone."""
        clock = time.monotonic() - self.began
        work = min(clock, time.process_time() - self.work)  # threads of others, or several of its own, are no debt
        return clock if work < WAITING * clock else max(work, clock / AT_MOST)

    def worked(self) -> float:
        """The processor's seconds alone."""
        return time.process_time() - self.work

    def waited(self) -> bool:
        """Whether so little was done that somebody slept, or waited for something."""
        clock = time.monotonic() - self.began
        return time.process_time() - self.work < WAITING * clock

    def left(self) -> float:
        return self.seconds - self.spent()

    def over(self) -> bool:
        return self.left() < 0
