"""Units of the model's tables as SBML unit definitions."""

import re
from collections import Counter

import libsbml

from theraflow.core.errors import UserError

# Nanomoles, molecules, cells and enzyme units never mix within one species, and factors between
# them are written out in the rate laws; hence all of them count as `item`.
_BASE_UNITS: dict[str, dict[str, int]] = {
    "1": {},
    "nanomole": {"item": 1},
    "molecule": {"item": 1},
    "cell": {"item": 1},
    "unit": {},
    "milliunit": {"item": 1, "litre": -1},
    "litre": {"litre": 1},
    "dm": {"dm": 1},
    "cm": {"cm": 1},
    "mm": {"mm": 1},
    "day": {"day": 1},
    "mg": {"mg": 1},
}
_SBML_UNITS = {
    "item": (libsbml.UNIT_KIND_ITEM, 0, 1.0),
    "litre": (libsbml.UNIT_KIND_LITRE, 0, 1.0),
    "dm": (libsbml.UNIT_KIND_METRE, -1, 1.0),
    "cm": (libsbml.UNIT_KIND_METRE, -2, 1.0),
    "mm": (libsbml.UNIT_KIND_METRE, -3, 1.0),
    "day": (libsbml.UNIT_KIND_SECOND, 0, 86400.0),
    "mg": (libsbml.UNIT_KIND_GRAM, -3, 1.0),
}
_NAMES = {"milliunit*litre": {"item": 1}}


def parse_unit(text: str) -> dict[str, int]:
    """Parse a unit such as ``dm^2/nanomole/day`` into exponents of base units.

    Factors are read from left to right; ``/`` inverts the factor that follows it. Raises
    ``UserError`` for a unit that the tables do not know.
    """
    if text in _NAMES:
        return dict(_NAMES[text])
    exponents: Counter[str] = Counter()
    for sign, factor in re.findall(r"([*/]?)([^*/]+)", text):
        name, _, power = factor.strip().partition("^")
        if name not in _BASE_UNITS:
            raise UserError(f"unit '{text}': '{name}' is unknown; use {', '.join(_BASE_UNITS)}")
        direction = -1 if sign == "/" else 1
        for base, exponent in _BASE_UNITS[name].items():
            exponents[base] += direction * exponent * int(power or 1)
    return {base: exponent for base, exponent in exponents.items() if exponent}


def declare_unit(model: libsbml.Model, text: str) -> str:
    """Return the identifier of the SBML unit for ``text``, defining it when it is new."""
    exponents = parse_unit(text)
    if not exponents:
        return "dimensionless"
    if exponents == {"item": 1}:
        return "item"
    if exponents == {"litre": 1}:
        return "litre"
    identifier = "_".join(
        f"{'per_' if exponent < 0 else ''}{base}{abs(exponent) if abs(exponent) > 1 else ''}"
        for base, exponent in sorted(exponents.items(), key=lambda item: (item[1] < 0, item[0]))
    )
    if model.getUnitDefinition(identifier) is None:
        definition = model.createUnitDefinition()
        definition.setId(identifier)
        for base, exponent in exponents.items():
            kind, scale, multiplier = _SBML_UNITS[base]
            unit = definition.createUnit()
            unit.setKind(kind)
            unit.setScale(scale)
            unit.setMultiplier(multiplier)
            unit.setExponent(exponent)
    return identifier
