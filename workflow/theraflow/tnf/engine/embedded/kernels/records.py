"""Classes of plain numbers as NumPy records, which kernels pass by reference."""

from typing import Any, Final, TypeVar, get_type_hints

import numpy as np

_Record = TypeVar("_Record")
_FIELD_TYPES: Final = {float: np.float64, int: np.int64, bool: np.bool_}


def record_dtype(record_class: type[_Record]) -> np.dtype[np.void]:
    """Lay the annotated fields of a class out as a structured type, in their order."""
    fields = [(name, _FIELD_TYPES[kind]) for name, kind in get_type_hints(record_class).items()]
    return np.dtype(fields, align=True)


def as_record(values: Any) -> Any:
    """Pack a named tuple of numbers into one record, read by kernels under the same names."""
    table = np.array([tuple(values)], dtype=record_dtype(type(values)))
    return table.view(np.recarray)[0]
