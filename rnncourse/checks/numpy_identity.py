"""Is NumPy still NumPy? A notebook that puts a function of its own in the place of one changes our solution too.

What every public function, class and number was is remembered when the checks are imported. What was replaced before
that is known only by its home: it does not come from NumPy.
"""

from types import ModuleType
from typing import Any

import numpy as np
import numpy.lib.stride_tricks
import numpy.linalg
import numpy.random

MODULES = {
    "np": np,
    "np.linalg": np.linalg,
    "np.random": np.random,
    "np.lib.stride_tricks": np.lib.stride_tricks,
}


def _public(module: ModuleType) -> dict[str, Any]:
    """Functions, classes, and numbers such as np.pi."""
    found = {name: value for name, value in vars(module).items() if not name.startswith("_")}
    return {name: value for name, value in found.items() if callable(value) or type(value) is float}


def _at_home(value: Any) -> bool:
    home = getattr(value, "__module__", None)
    return not isinstance(home, str) or home.partition(".")[0] in ("numpy", "builtins")


def _same(now: Any, own: Any) -> bool:
    """The very same function; of numbers an equal one, or NaN again."""
    return now is own or (type(now) is type(own) is float and (now == own or (now != now and own != own)))


_FOUND = {label: _public(module) for label, module in MODULES.items()}
_OWN = {label: {name: v for name, v in found.items() if _at_home(v)} for label, found in _FOUND.items()}
_FOREIGN = [f"{label}.{name}" for label, found in _FOUND.items() for name, v in found.items() if not _at_home(v)]


def replaced() -> list[str]:
    """The names, np.tanh say, behind which something else stands now."""
    changed = []
    for label, module in MODULES.items():
        now = vars(module)
        changed += [f"{label}.{name}" for name, value in _OWN[label].items() if not _same(now.get(name), value)]
    return changed


def restore() -> list[str]:
    """Put NumPy's own functions back; the names of those that were replaced."""
    changed = replaced()
    for label, module in MODULES.items():
        for name, value in _OWN[label].items():
            if not _same(vars(module).get(name), value):
                setattr(module, name, value)
    return changed


def problem() -> str:
    """Why nothing can be judged in this process, and how to mend it; empty where NumPy is NumPy."""
    names = [*_FOREIGN, *replaced()]
    if not names:
        return ""
    some = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    one = len(names) == 1
    what = (
        "is not NumPy's own function any more: something has replaced it"
        if one
        else ("are not NumPy's own functions any more: something has replaced them")
    )
    own = "from rnncourse.checks.numpy_identity import restore; restore() puts NumPy's own back."
    mend = "Restart the kernel" if _FOREIGN else f"Restart the kernel, or: {own} Then"
    return f"{some} {what}, and our solution would compute with that. {mend} give your own function another name."
