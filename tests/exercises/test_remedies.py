"""Chapter 07's short clipping of a list is the package's clipping of a tree."""

import numpy as np
import pytest

from rnncourse.exercises import remedies
from rnncourse.reference import clipping
from tests.tolerances import assert_close


@pytest.mark.parametrize("scale", [0.0, 0.01, 1.0, 30.0])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_clipping_a_list_is_clipping_a_tree(scale, dtype):
    rng = np.random.default_rng(0)
    grads = [(scale * rng.normal(size=shape)).astype(dtype) for shape in ((3, 4), (5,), (2, 1, 3))]
    plain, norm = remedies.clip_by_global_norm(grads, 2.5)
    clipped, expected = clipping.clip_by_global_norm(grads, 2.5)
    assert norm == pytest.approx(expected, rel=1e-6)
    for a, b in zip(plain, clipped, strict=True):
        assert a.dtype == b.dtype
        assert_close(a, b)
