"""What `make processors` runs in a chapter's kernel: a record of its claims, and weights drawn a little differently."""

import json
from collections.abc import Callable
from functools import wraps
from importlib.util import find_spec
from typing import Any

import numpy as np

from rnncourse import claims

TORCH = find_spec("torch") is not None
RECORD: list[dict[str, Any]] = []


def begin(noise: float = 0.0) -> None:
    """The kernel's first call, before the chapter imports anything: record claims; with noise, nudge what is drawn."""
    claims.claim = _recording(claims.claim)
    if noise:
        nudge_numpy(noise)
        if TORCH:
            nudge_torch(noise)


def report() -> None:
    """The kernel's last call: print the record and what computed it."""
    print(json.dumps({"claims": RECORD, "kernel": kernels()}))


def kernels() -> dict[str, Any]:
    """Which instructions NumPy's matrix products and torch, if it is here, really use, and on how many threads."""
    import threadpoolctl

    blas: dict[str, Any] = next((pool for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"), {})
    found = {
        "blas": blas.get("architecture", "unknown"),
        "torch": "none",
        "threads": blas.get("num_threads", 1),
        "versions": {"numpy": np.__version__},
    }
    if TORCH:
        import torch

        found["torch"] = torch.backends.cpu.get_cpu_capability()
        found["versions"]["torch"] = torch.__version__
    return found


def _recording(plain: Callable[..., Any]) -> Callable[..., Any]:
    """`claim`, except that one that does not hold is written down and the chapter goes on."""

    @wraps(plain)
    def claim(statement: str, *, holds: Any, **options: Any) -> Any:
        try:
            stated, held = plain(statement, holds=holds, **options), True
        except AssertionError:
            stated, held = plain(statement, holds=True, **options), False
        RECORD.append({"statement": statement, "holds": held, "value": stated.value})
        return stated

    return claim


# --- nudged draws ----------------------------------------------------------------------------------------------------
# Initial weights are drawn in many ways: by the package's init_params, by a line of a chapter, by torch's layers. All
# end in a few functions, which are wrapped: NumPy's normal, standard_normal and uniform of any default_rng, and torch's
# normal_, uniform_, randn and rand. Data that are drawn by the same functions are nudged with them; integers, choices,
# permutations and rng.random() are not. The noise is a function of the number drawn, so that the same seed still gives
# the same numbers twice, as the chapters assume.


def nudged(values: Any, noise: float) -> Any:
    """Each number times 1 + noise · u, with u in [-1, 1] that follows from the number's own digits."""
    array = np.asarray(values)
    bits = array.view(f"u{array.itemsize}").astype(np.uint64)
    with np.errstate(over="ignore"):  # splitmix64
        bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    u = (bits >> np.uint64(11)) * 2.0**-52 - 1
    result = (array * (1 + noise * u)).astype(array.dtype)
    return result if isinstance(values, np.ndarray) else result.item()


def nudge_numpy(noise: float) -> None:
    """From now on default_rng gives generators whose continuous draws are nudged."""

    class Nudged(np.random.Generator):
        def normal(self, *args: Any, **options: Any) -> Any:
            return nudged(super().normal(*args, **options), noise)

        def standard_normal(self, *args: Any, **options: Any) -> Any:
            return nudged(super().standard_normal(*args, **options), noise)

        def uniform(self, *args: Any, **options: Any) -> Any:
            return nudged(super().uniform(*args, **options), noise)

        def __reduce__(self) -> Any:  # a copy is nudged as well
            return Nudged, (self.bit_generator,)

    plain = np.random.default_rng

    @wraps(plain)
    def default_rng(seed: Any = None) -> np.random.Generator:
        return seed if isinstance(seed, np.random.Generator) else Nudged(plain(seed).bit_generator)

    np.random.default_rng = default_rng


def nudge_torch(noise: float) -> None:
    """From now on what torch draws on the CPU is nudged, in place; torch.nn.init draws by these functions too."""
    import torch

    def wrap(place: Any, name: str) -> None:
        plain = getattr(place, name)

        @wraps(plain)
        def drawn(*args: Any, **options: Any) -> Any:
            tensor = plain(*args, **options)
            if tensor.device.type == "cpu" and tensor.dtype in (torch.float32, torch.float64):
                array = tensor.detach().numpy()  # the same memory
                array[...] = nudged(array, noise)
            return tensor

        setattr(place, name, drawn)

    for place, name in ((torch.Tensor, "normal_"), (torch.Tensor, "uniform_"), (torch, "randn"), (torch, "rand")):
        wrap(place, name)
