"""Benchmarks are run by hand, and seldom: they must at least find what they measure."""

import importlib.util
from pathlib import Path

import pytest

from theraflow.core.files import REPOSITORY


@pytest.mark.parametrize(
    "benchmark", sorted((REPOSITORY / "benchmarks").glob("*.py")), ids=lambda file: file.stem
)
def test_a_benchmark_can_be_imported(benchmark: Path) -> None:
    spec = importlib.util.spec_from_file_location(benchmark.stem, benchmark)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.__doc__
