"""What a figure shows at one setting of its parameters: named values, made plain, and put into words."""

import re
from typing import Any

import numpy as np

Values = dict[str, Any]


def tidy(values: Values) -> Values:
    """Plain data with four significant digits, whole numbers as int, no NaN: what JSON and a tidy diff want."""
    return {key: plain(value, digits=4) for key, value in values.items()}


def fill_template(template: str, values: Values) -> str:
    """Put values into a readout: {key} as it is, {key:2} with two decimals."""

    def put(match: re.Match[str]) -> str:
        value = values[match[1]]
        return str(value) if match[2] is None else f"{value:.{match[2]}f}".replace("-", "−")

    return re.sub(r"\{(\w+)(?::(\d))?\}", put, template)


def plain(value: Any, digits: int = 9) -> Any:
    """A value as JSON knows it: lists in place of arrays, whole numbers as int, None in place of NaN."""
    if isinstance(value, dict):
        return {k: plain(v, digits) for k, v in value.items()}
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [plain(v, digits) for v in value]
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (float, int, np.floating, np.integer)):
        number = float(value)
        if not np.isfinite(number):
            return None
        number = float(f"{number:.{digits}g}")
        return int(number) if number.is_integer() and abs(number) < 1e15 else number
    return value
