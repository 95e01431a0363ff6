# ruff: noqa
"""Syntax that versions of Python parse, print or dump in another way."""

from __future__ import annotations

import dataclasses as dc
from typing import Final, Generic, TypeVar

T = TypeVar("T")
NUMBERS: Final = (1, 1.0, 1e-300, 0x10, 1_000, 1j, -1)
TEXTS = ("a" "b", b"bytes", r"\d", u"unicode", "tab\t", "it's", 'say "so"', "\N{BULLET} \x00")
EMPTY = ((), [], {}, set(), "", None, ...)


@dc.dataclass(frozen=True)
class Cell(Generic[T]):
    """A cell."""

    size: float
    kind: str = "alive"

    def grow(self, rate: float, /, by: int = 1, *more: int, limit: float | None = None, **rest):
        """Grow."""
        text = f"{self.size:>{by}.2f} of {limit!r} {'nested ' + self.kind} {{}} {rate=}"
        return text, *more, {**rest}


class Nothing:
    """Only a docstring."""


def nothing():
    """Only a docstring."""


async def wait(things):
    async with things as inner, things:
        async for thing in inner:
            yield await thing
    several = [x async for x in inner if x if not x]


def control(x):
    match x:
        case {"a": 1, **rest} if rest:
            return rest
        case [1, *_] | Cell(size=0) | None:
            pass
        case _:
            ...
    try:
        (y := x + 1)
    except* ValueError as error:
        raise RuntimeError("words") from error
    with open(x) as a, (open(x)) as b:
        del a, b
    for i, *j in x[1:2, ::3]:
        global NUMBERS
        if i < 1 <= 2 and not j or i is not j:
            break
    else:
        assert x, "words"
    while True:
        x @= 1
        x //= lambda a, *b, c=1: (a, b, c)
    return {k: v for k, v in x}, {k for k in x}, (k for k in x), x if x else -x
