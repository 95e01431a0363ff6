"""The output of PhysiBoSS, in MultiCellDS's format, as counts of cells."""

import itertools
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat

from theraflow.config.tnf.engines import PhaseCodes
from theraflow.tnf.engine.physiboss.xml_text import parse_xml
from theraflow.work.status import AttemptError, Status

# Between two outputs, an hour apart, a cell divides once at most.
_LARGEST_GROWTH: Final = 2.0
_TIME_TOLERANCE_MIN: Final = 0.05
_CELLS: Final = ".//cellular_information//simplified_data[@source='PhysiCell']"


def read_counts(folder: Path, times_min: Sequence[int], codes: PhaseCodes) -> NDArray[np.int64]:
    """Count living, apoptotic and necrotic cells in the snapshots of an output folder.

    Returns counts of shape (times, 3). Lysed cells are not counted, nor are the snapshots
    ``initial`` and ``final``. Raises ``AttemptError``: *failed* for a file that is missing,
    truncated or malformed, *rejected* for counts that cannot be.
    """
    counts = np.array(
        [_count(folder, number, time_min, codes) for number, time_min in enumerate(times_min)]
    )
    if counts[0, 0] == 0:
        raise AttemptError(Status.REJECTED, "no living cell at the start")
    growth = counts[1:, 0] / np.maximum(counts[:-1, 0], 1)
    if np.any(growth > _LARGEST_GROWTH):
        number = int(np.argmax(growth))
        raise AttemptError(
            Status.REJECTED,
            f"from {counts[number, 0]} to {counts[number + 1, 0]} living cells between "
            f"{times_min[number]} and {times_min[number + 1]} min: no cell divides so often",
        )
    return counts


def phase_counts(snapshot: Path) -> tuple[float, Counter[int]]:
    """Return the time (min) of a snapshot, named by its XML file, and its cells by phase code.

    Raises ``AttemptError`` as ``read_counts`` does.
    """
    root = _parse(snapshot)
    cells = root.find(_CELLS)
    time_min = root.findtext("metadata/current_time")
    if cells is None or time_min is None:
        raise AttemptError(Status.FAILED, f"{snapshot.name}: names no cells, or no time")
    rows = {label.text: int(label.attrib["index"]) for label in cells.findall("labels/label")}
    size = sum(int(label.attrib["size"]) for label in cells.findall("labels/label"))
    values = _read_matrix(snapshot.parent / cells.findtext("filename", ""), "cells")
    if "current_phase" not in rows or len(values) != size:
        raise AttemptError(
            Status.FAILED,
            f"{snapshot.name}: its labels name no current_phase, or not the {len(values)} rows "
            "of its cells",
        )
    if "ID" in rows and len(np.unique(values[rows["ID"]])) < values.shape[1]:
        raise AttemptError(Status.REJECTED, f"{snapshot.name}: cells that share an ID")
    phases = values[rows["current_phase"]]
    if np.any(phases != np.floor(phases)):
        raise AttemptError(Status.REJECTED, f"{snapshot.name}: phases that are no whole numbers")
    return float(time_min), Counter(phases.astype(int).tolist())


def _count(folder: Path, number: int, expected_min: int, codes: PhaseCodes) -> list[int]:
    snapshot = folder / f"output{number:08d}.xml"
    time_min, phases = phase_counts(snapshot)
    counted = (codes.alive, codes.apoptotic, codes.necrotic)
    known = {*itertools.chain(*counted), *codes.lysed}
    unknown = sorted(phases.keys() - known)
    if unknown:
        raise AttemptError(
            Status.REJECTED,
            f"{snapshot.name}: cells in the unknown phases {unknown[:3]}; tnf.engine.phases knows "
            f"{sorted(known)}",
        )
    if abs(time_min - expected_min) > _TIME_TOLERANCE_MIN:
        raise AttemptError(
            Status.REJECTED, f"{snapshot.name}: is of {time_min:g} min, not of {expected_min} min"
        )
    return [sum(phases[code] for code in group) for group in counted]


def _parse(snapshot: Path) -> ET.Element:
    try:
        return parse_xml(snapshot.read_bytes())
    except FileNotFoundError:
        raise AttemptError(Status.FAILED, f"{snapshot.name}: the program wrote none") from None
    except ET.ParseError as error:
        raise AttemptError(
            Status.FAILED, f"{snapshot.name}: truncated, or no XML ({error})"
        ) from None


def _read_matrix(file: Path, name: str) -> NDArray[np.float64]:
    if not file.is_file():
        raise AttemptError(Status.FAILED, f"{file.name}: the program wrote none")
    try:
        return np.asarray(loadmat(file, appendmat=False)[name], dtype=np.float64)
    # What the reader raises for a damaged file is its own matter, and changes with its version.
    except Exception:
        raise AttemptError(Status.FAILED, f"{file.name}: truncated, or no MATLAB file") from None
