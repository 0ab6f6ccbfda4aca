"""Is this dtype as good as that one?

Numbers with a point keep the dtype of the arguments, and so do whole numbers of a dtype that somebody chose (uint8,
int32). Counts and places, which the solution gives as int64, may have any dtype with a sign and 32 bits or more: int8
ends at 127, and where there is no sign the difference of two lengths may come out huge.
"""

import numpy as np

ENOUGH = 4  # bytes


def dtype_problem(name: str, got: np.dtype, expected: np.dtype) -> str:
    """What is wrong with a result's dtype, or nothing."""
    if got == expected or (got.kind == expected.kind and expected.kind not in "fiu"):
        return ""
    if expected != np.int64 or got.kind not in "iu":
        from_arguments = ", the dtype of the arguments" if expected.kind == "f" else ""
        return f"{name} has dtype {got}; expected {expected}{from_arguments}."
    if got.kind == "u":
        return f"{name} has dtype {got}, in which no number is below 0 and 1 - 2 is huge; expected {expected}."
    if got.itemsize >= ENOUGH:
        return ""
    return f"{name} has dtype {got}, which ends at {np.iinfo(got).max}; expected {expected}."
