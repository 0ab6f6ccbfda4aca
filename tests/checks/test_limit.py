"""How long an answer may take: its work counts, and on a busy machine what is told stays the same."""

import time
from types import SimpleNamespace

import pytest

from rnncourse.checks import check
from rnncourse.checks.attempt import truth
from rnncourse.checks.limit import Limit
from rnncourse.exercises.unfolding import rnn_step


@pytest.fixture
def clocks(monkeypatch):
    """Two clocks that stand still: the world's, and that of this program's work."""
    now = SimpleNamespace(world=100.0, work=5.0)
    stand_in = SimpleNamespace(monotonic=lambda: now.world, process_time=lambda: now.work)
    monkeypatch.setattr("rnncourse.checks.limit.time", stand_in)
    return now


@pytest.mark.parametrize(
    ("world", "work", "spent"),
    [
        (1.0, 1.0, 1.0),  # a machine of its own
        (1.8, 1.0, 1.0),  # a busy one
        (6.0, 1.0, 3.0),  # a very busy one: at most twice as long by the clock
        (4.0, 0.01, 4.0),  # it sleeps
        (1.0, 3.0, 1.0),  # several threads
        (0.0, 0.0, 0.0),
    ],
)
def test_work_counts_and_waiting_counts_by_the_clock(clocks, world, work, spent):
    limit = Limit(2.0)
    clocks.world += world
    clocks.work += work
    assert limit.spent() == pytest.approx(spent)
    assert limit.left() == pytest.approx(2.0 - spent)
    assert limit.over() is (spent > 2.0)


def test_a_busy_machine_makes_no_answer_late(monkeypatch):
    """The world's clock runs half as fast again as the work is done."""
    began, own = time.monotonic(), time.monotonic
    monkeypatch.setattr(
        "rnncourse.checks.limit.time",
        SimpleNamespace(monotonic=lambda: began + 1.5 * (own() - began), process_time=own),
    )
    ended = own() + 0.35

    def answer(*args):
        while own() < ended:
            pass
        return rnn_step(*args)

    assert check("rnn_step", answer, seed=1, seconds=1.0).passed


def test_the_time_of_the_solution_is_not_the_answers(monkeypatch):
    """What is computed before the answer runs is not taken from its time."""
    monkeypatch.setattr("rnncourse.checks.judging.truth", slow(truth))
    assert check("tied_gradient", lambda d: d.sum(axis=0), seed=1, seconds=1.0).passed


def slow(function):
    def run(*args):
        time.sleep(0.1)
        return function(*args)

    return run
