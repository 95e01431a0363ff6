"""Numbers, names and lists as people read them."""

import math
from collections.abc import Iterable
from typing import Any, Final

NOTHING: Final = "–"
_DIGITS: Final = 3
_SMALLEST_PLAIN: Final = 1e-4
_SUPERSCRIPTS: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: Any) -> str:
    """Write a result with three significant digits; a dash where there is none."""
    if value is None or math.isnan(value := float(value)):
        return NOTHING
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    if abs(value) < _SMALLEST_PLAIN:
        size = math.floor(math.log10(abs(value)))
        mantissa = signed(value / 10.0**size, 1)
        return f"{mantissa} × 10{str(size).translate(_SUPERSCRIPTS)}"
    return signed(value, decimals_for(value))


def decimals_for(value: float) -> int:
    """Tell the decimals that give a number three significant digits."""
    return max(_DIGITS - 1 - math.floor(math.log10(abs(value))), 0) if value else 0


def common_decimals(values: Iterable[float]) -> int:
    """Tell the decimals for numbers side by side.

    The smallest has three significant digits where the largest has one more at most.
    """
    sizes = [abs(value) for value in values if value]
    if not sizes:
        return 0
    return min(decimals_for(min(sizes)), decimals_for(max(sizes)) + 1)


def signed(value: float, decimals: int) -> str:
    """Write a number with so many decimals and a true minus sign."""
    return f"{value:,.{decimals}f}".replace("-", "−")


def exact(value: float) -> str:
    """Write a setting as it was given, as 0.1 or 1,440."""
    return f"{int(value):,}" if value == int(value) else f"{value:g}"


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
    """Write an interval of results, both ends with the same decimals."""
    decimals = common_decimals((low, high))
    return f"{signed(low, decimals)} to {signed(high, decimals)}{f' {unit}' if unit else ''}"


def span(low: float, high: float) -> str:
    """Write an interval of settings."""
    return f"{exact(low)} to {exact(high)}"


def plain(name: str) -> str:
    """Write a name of files and tables as people do: ``radius_50um`` is "radius 50 µm"."""
    return name.replace("_", " ").replace("um", " µm") if "radi" in name else name.replace("_", " ")
