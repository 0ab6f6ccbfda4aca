"""Cases in which a row or a step comes twice are made from a case, and leave it as it is."""

import numpy as np

from rnncourse.checks.cases import Case
from rnncourse.exercises._repeats import with_repeats


def test_rows_and_steps_repeat_in_every_array_that_has_them():
    x, h0, lengths = np.arange(24.0).reshape(4, 3, 2), np.arange(6.0).reshape(3, 2), np.array([4, 2, 1])
    case = Case((x, h0, lengths), "random sizes: T=4, B=3, D=2")
    rows, step, steps = with_repeats(case, "TBD", "BD", "B")
    assert [c.label for c in (rows, step, steps)] == [
        "a row twice: T=4, B=3, D=2",
        "a step twice: T=4, B=3, D=2",
        "all steps alike: T=4, B=3, D=2",
    ]
    assert np.array_equal(rows.args[0][:, 1], x[:, 0])
    assert np.array_equal(rows.args[1][1], h0[0])
    assert list(rows.args[2]) == [4, 4, 1]
    assert np.array_equal(step.args[0], x[[0, 0, 2, 3]])
    assert np.array_equal(steps.args[0], x[[0, 0, 0, 0]])
    assert np.array_equal(steps.args[1], h0)
    assert np.array_equal(x.ravel(), np.arange(24.0)), "the case itself stays as it is"
