"""What the page tells of active learning: every round that there is, and nothing without rounds."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from theraflow.config.load import load_study
from theraflow.config.study import StudyConfig
from theraflow.core.parquet import write_table
from theraflow.report.page.blocks import DataTable, Facts, Missing, Numbers
from theraflow.report.page.results import Results
from theraflow.report.page.tnf import study as study_section
from theraflow.report.page.tnf.active import active_learning
from theraflow.tnf import tables
from theraflow.tnf.active.tables import ROUND_SCHEMA

_ASKED = "Added where surrogates are unsure"


def study(rounds: int) -> StudyConfig:
    active = {"rounds": rounds, "points": 2, "candidates": {"kind": "sobol", "points": 64}}
    return load_study({"tnf": {"tumor_radii_um": [50, 100], "active_learning": active}})


def write_round(results: Path, number: int, disagreement_percent: list[float]) -> None:
    """Write the points of a round, half of them at either radius, in the order of choice."""
    many = len(disagreement_percent)
    points = pd.DataFrame(
        {
            "tumor_radius_um": [50] * (many // 2) + [100] * (many - many // 2),
            "pulse_period_min": range(100, 100 + many),
            "pulse_duration_min": 10,
            "tnf_concentration": 0.5,
            "disagreement_percent": disagreement_percent,
        }
    )
    table = pa.Table.from_pandas(points, ROUND_SCHEMA, preserve_index=False)
    write_table(table, results / f"tnf/active/round_{number}/points.parquet", {})


def write_simulations(results: Path, number: int, radius_um: int) -> None:
    file = results / f"tnf/active/batches/round_{number}_radius_{radius_um}um.parquet"
    write_table(tables.TRAJECTORY_SCHEMA.empty_table(), file, {})


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Rounds 2 and 10 have chosen their points; round 2 is simulated at one of two radii."""
    write_round(tmp_path, 10, [0.5, 0.25, 0.5, 0.75])
    write_round(tmp_path, 2, [4.0, 2.0, 1.0, 1.0])
    write_simulations(tmp_path, 2, 50)
    return tmp_path


def blocks(folder: Path, config: StudyConfig | None) -> tuple:
    section = active_learning(Results(folder, config))
    assert section is not None
    return section.blocks


def test_without_rounds_there_is_nothing(tmp_path: Path) -> None:
    section = study_section(Results(tmp_path, study(0)))
    assert "tnf-active" not in {part.id for part in section.sections}
    (facts,) = [each for each in section.all_blocks() if isinstance(each, Facts)]
    assert _ASKED not in dict(facts.pairs)
    assert active_learning(Results(tmp_path, None)) is None


def test_what_was_asked_names_the_rounds(tmp_path: Path) -> None:
    section = study_section(Results(tmp_path, study(3)))
    (facts,) = [each for each in section.all_blocks() if isinstance(each, Facts)]
    asked = dict(facts.pairs)[_ASKED]
    assert "in 3 rounds, 2 points at each radius" in asked
    assert "among 64 Sobol points" in asked


def test_rounds_stand_in_their_order_with_their_disagreement(results: Path) -> None:
    (numbers,) = [each for each in blocks(results, study(10)) if isinstance(each, Numbers)]
    told = [(each.label, each.value, each.interval) for each in numbers.numbers]
    assert told == [
        ("Disagreement before round 2", "2.00 %", "at most 4.00 %"),
        ("Disagreement before round 10", "0.500 %", "at most 0.750 %"),
    ]
    assert "the 4 points that the round added" in numbers.numbers[0].meaning


def test_points_keep_the_order_of_choice(results: Path) -> None:
    (table,) = [each for each in blocks(results, None) if isinstance(each, DataTable)]
    assert [column.heading for column in table.columns][:2] == ["round", "radius"]
    assert [(row[0].text, row[2].text) for row in table.rows[3:6]] == [
        ("2", "103"),
        ("10", "100"),
        ("10", "101"),
    ]


def test_what_a_round_lacks_is_said(results: Path) -> None:
    missing = [each.text for each in blocks(results, study(2)) if isinstance(each, Missing)]
    assert missing == [
        "Not computed: the points of round 1, radius 50 µm.",
        "Not computed: the points of round 1, radius 100 µm.",
        "Not simulated yet: round 2 of radius 100 µm.",
    ]
