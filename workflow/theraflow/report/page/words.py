"""Numbers and lists as people read them."""

import math
from collections.abc import Iterable
from typing import Any, Final

NOTHING: Final = "–"
_SUPERSCRIPTS: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: Any, digits: int = 3) -> str:
    """Write a number with so many significant digits; a dash where there is none."""
    if value is None or isinstance(value, bool):
        return NOTHING
    value = float(value)
    if not math.isfinite(value):
        return NOTHING
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    if size < -4:
        mantissa = value / 10.0**size
        return f"{mantissa:.{digits - 1}f} × 10{str(size).translate(_SUPERSCRIPTS)}"
    decimals = max(digits - 1 - size, 0)
    text = f"{value:,.{decimals}f}"
    # A whole number is written as one.
    return f"{value:,.0f}" if value == round(value) else text.replace("-", "−")


def count(value: int, one: str, many: str | None = None) -> str:
    """Write a count with its noun, as "1 simulation" or "2 simulations"."""
    return f"{value:,} {one if value == 1 else many or f'{one}s'}"


def listed(items: Iterable[object]) -> str:
    """Join items, as "a, b and c"."""
    texts = [str(item) for item in items]
    if len(texts) < 2:
        return "".join(texts)
    return f"{', '.join(texts[:-1])} and {texts[-1]}"


def interval(low: float, high: float, unit: str = "") -> str:
    """Write an interval."""
    return f"{number(low)} to {number(high)}{f' {unit}' if unit else ''}"
