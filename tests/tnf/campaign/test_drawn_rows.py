"""Designs that were drawn before are the same as drawn anew, and no cache is a reason to fail."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from theraflow.config.tnf.designs import LatinHypercubeDesign, SobolDesign, SobolRadiusDesign
from theraflow.tnf.campaign import design as designs
from theraflow.tnf.campaign import drawn_rows
from theraflow.tnf.campaign.design import block_of

DESIGN = SobolDesign(points=16)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "theraflow/designs"


@pytest.fixture
def draws(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many points were asked for, each time that a design was drawn."""
    asked: list[int] = []
    draw = designs._sampled_rows

    def counted(design: SobolDesign) -> NDArray[np.void]:
        asked.append(design.points)
        return draw(design)

    monkeypatch.setattr(designs, "_sampled_rows", counted)
    return asked


@pytest.mark.parametrize(
    "design",
    [DESIGN, LatinHypercubeDesign(points=16), SobolRadiusDesign(points=16)],
    ids=lambda design: design.kind,
)
def test_what_is_remembered_is_what_was_drawn(design: SobolDesign, draws: list[int]) -> None:
    first, again = (block_of(design, "tnf.designs[0]") for _ in range(2))

    assert draws == [16]
    assert first.dtype == again.dtype
    assert first.tobytes() == again.tobytes()


def test_another_design_is_drawn(draws: list[int]) -> None:
    for design in (DESIGN, SobolDesign(points=17), SobolDesign(points=16, seed=DESIGN.seed + 1)):
        block_of(design, "tnf.designs[0]")

    assert draws == [16, 17, 16]


def test_another_version_of_scipy_draws_anew(
    draws: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    block_of(DESIGN, "tnf.designs[0]")
    monkeypatch.setattr(drawn_rows, "version", lambda _: "0")
    block_of(DESIGN, "tnf.designs[0]")

    assert draws == [16, 16]


def cut(content: bytes) -> bytes:
    return content[:100]


def empty(content: bytes) -> bytes:
    return b""


def flip_a_bit(content: bytes) -> bytes:
    return content[:100] + bytes([content[100] ^ 4]) + content[101:]


@pytest.mark.parametrize("damage", [cut, empty, flip_a_bit])
def test_a_damaged_file_is_drawn_and_written_again(
    damage: Callable[[bytes], bytes], cache: Path, draws: list[int]
) -> None:
    first = block_of(DESIGN, "tnf.designs[0]")
    (file,) = cache.iterdir()
    file.write_bytes(damage(file.read_bytes()))
    for _ in range(2):
        assert block_of(DESIGN, "tnf.designs[0]").tobytes() == first.tobytes()

    assert draws == [16, 16]


def test_a_cache_that_cannot_be_written_is_no_reason_to_fail(cache: Path, draws: list[int]) -> None:
    cache.parent.mkdir(parents=True)
    cache.write_text("a file where the folder belongs")
    for _ in range(2):
        block_of(DESIGN, "tnf.designs[0]")

    assert draws == [16, 16]


def test_large_designs_are_not_kept(
    cache: Path, draws: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawn_rows, "_MOST_ROWS", 15)
    for _ in range(2):
        block_of(DESIGN, "tnf.designs[0]")

    assert draws == [16, 16]
    assert not cache.exists()
