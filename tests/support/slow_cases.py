"""Cases of a parametrised test of which most are slow."""

from collections.abc import Container, Iterable
from typing import Any

import pytest


def slow_but(quick: Container[str], cases: Iterable[str]) -> list[Any]:
    """Mark all cases as slow but the quick ones, which stand for them."""
    return [pytest.param(case, marks=() if case in quick else pytest.mark.slow) for case in cases]
