"""Reading MultiCellDS: a real output folder of the original program, and damaged copies of it."""

import json
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest

from theraflow.config.tnf.engines import PhaseCodes
from theraflow.tnf.engine.physiboss.outputs import phase_counts, read_counts
from theraflow.work.status import AttemptError, Status

TIMES_MIN = [0, 720, 1440]
CELLS = "output00000001_cells_physicell.mat"


@pytest.fixture
def example(example_output: Path, tmp_path: Path) -> Path:
    """A copy of the real folder, to be damaged."""
    for file in (example_output / "output").iterdir():
        shutil.copyfile(file, tmp_path / file.name)
    return tmp_path


def test_phases_of_a_real_folder(example_output: Path) -> None:
    expected = json.loads((example_output / "expected_phase_counts.json").read_text("utf-8"))
    found = [phase_counts(file) for file in (example_output / "output").glob("output*.xml")]
    assert {
        str(time_min): {str(phase): number for phase, number in phases.items()}
        for time_min, phases in found
    } == expected


def test_counts_of_a_real_folder(example_output: Path) -> None:
    counts = read_counts(example_output / "output", TIMES_MIN, PhaseCodes())
    np.testing.assert_array_equal(counts, [[37, 0, 0], [27, 0, 10], [24, 3, 25]])


def test_row_of_the_phase_is_that_of_its_label(example: Path) -> None:
    snapshot = example / "output00000001.xml"
    text = snapshot.read_text(encoding="utf-8")
    assert '<label index="7" size="1">current_phase</label>' in text
    # Row 6 is the cycle model: 5 for all living cells, which is no phase.
    moved = text.replace('"6" size="1">cycle_model', '"7" size="1">cycle_model')
    snapshot.write_text(
        moved.replace('"7" size="1">current_phase', '"6" size="1">current_phase'), "utf-8"
    )
    with pytest.raises(AttemptError, match=r"unknown phases \[5\]"):
        read_counts(example, TIMES_MIN, PhaseCodes())


@pytest.mark.parametrize("phase", [14.5, float("nan")])
def test_phase_that_is_no_code(example: Path, phase: float) -> None:
    file = example / CELLS
    content = bytearray(file.read_bytes())
    first = 20 + len("cells") + 7 * 8
    content[first : first + 8] = struct.pack("<d", phase)
    file.write_bytes(bytes(content))
    with pytest.raises(AttemptError, match="no whole numbers") as failure:
        read_counts(example, TIMES_MIN, PhaseCodes())
    assert failure.value.status is Status.REJECTED


@pytest.mark.parametrize("length", [0, 10, 30, 5000, 12752])
def test_truncated_cells(example: Path, length: int) -> None:
    file = example / CELLS
    file.write_bytes(file.read_bytes()[:length])
    with pytest.raises(AttemptError, match=f"{CELLS}: truncated") as failure:
        read_counts(example, TIMES_MIN, PhaseCodes())
    assert failure.value.status is Status.FAILED


@pytest.mark.parametrize("name", ["output00000001.xml", CELLS])
def test_missing_file(example: Path, name: str) -> None:
    (example / name).unlink()
    with pytest.raises(AttemptError, match=f"{name}: the program wrote none") as failure:
        read_counts(example, TIMES_MIN, PhaseCodes())
    assert failure.value.status is Status.FAILED


def test_truncated_snapshot(example: Path) -> None:
    snapshot = example / "output00000001.xml"
    snapshot.write_bytes(snapshot.read_bytes()[:2000])
    with pytest.raises(AttemptError, match=r"output00000001\.xml: truncated"):
        read_counts(example, TIMES_MIN, PhaseCodes())


def test_output_at_other_times(example: Path) -> None:
    with pytest.raises(AttemptError, match="is of 720 min, not of 60 min") as failure:
        read_counts(example, [0, 60, 120], PhaseCodes())
    assert failure.value.status is Status.REJECTED


def test_cells_counted_twice(example: Path) -> None:
    file = example / CELLS
    content = bytearray(file.read_bytes())
    head, column = 20 + len("cells"), 43 * 8
    content[head : head + 8] = content[head + column : head + column + 8]
    file.write_bytes(bytes(content))
    with pytest.raises(AttemptError, match="share an ID") as failure:
        read_counts(example, TIMES_MIN, PhaseCodes())
    assert failure.value.status is Status.REJECTED


def test_snapshots_before_and_after_are_not_counted(example: Path) -> None:
    for file in example.glob("*"):
        if file.name.startswith(("initial", "final")):
            file.write_bytes(b"")
    assert read_counts(example, TIMES_MIN, PhaseCodes()).shape == (3, 3)
