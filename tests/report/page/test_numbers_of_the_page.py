"""The numbers that the page tells are those of the tables."""

import pandas as pd
import pyarrow as pa
import pytest
from support.small_campaign import study, write_small_campaign

from theraflow.core.columns import field
from theraflow.report.page.blocks import DataTable, Number, Numbers, Section
from theraflow.report.page.build import page_of
from theraflow.report.page.crc.therapies import best_therapies
from theraflow.report.page.results import Results
from theraflow.report.page.sortable import data_table
from theraflow.report.page.words import exact, interval, number, plain
from theraflow.tnf.surrogate.evaluation.error_intervals import mean_error_interval


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder = tmp_path_factory.mktemp("campaign") / "results"
    write_small_campaign(folder)
    return Results(folder, study())


def section_of(results: Results, id: str) -> Section:
    for section in page_of(results).sections:
        for part in (section, *section.sections):
            if part.id == id:
                return part
    raise AssertionError(id)


def numbers_of(results: Results, id: str) -> dict[str, Number]:
    blocks = section_of(results, id).all_blocks()
    return {
        each.label: each for block in blocks if isinstance(block, Numbers) for each in block.numbers
    }


def table_of(results: Results, section: str, id: str) -> DataTable:
    blocks = section_of(results, section).all_blocks()
    (table,) = [block for block in blocks if isinstance(block, DataTable) and block.id == id]
    return table


def test_errors_stand_beside_the_noise_floor(results: Results) -> None:
    error = numbers_of(results, "tnf-surrogates")["Error at radius 50 µm"]
    assert error.value == "8.00 %"
    assert "the noise floor is 5.60 %" in error.meaning
    assert "two simulations of one treatment differ by 8.00 %" in error.meaning


def test_the_best_treatment_is_the_one_that_simulations_rank_first(results: Results) -> None:
    best = numbers_of(results, "tnf-treatments-found")["Best treatment, radius 100 µm"]
    assert best.value == "31.0 cells"
    assert "28.0 to 34.0" in best.interval
    assert "of 151 at the start" in best.meaning


def test_the_share_kept_is_of_the_cells_that_were_promised_to_go(results: Results) -> None:
    kept = numbers_of(results, "tnf-treatments-found")["Promise kept, separate, radius 100 µm"]
    # 150 of 151 cells were promised, 120 went.
    assert kept.value == "80.0 %"
    assert kept.interval == "verdict: over-optimistic"


def test_a_patients_best_therapy_is_chosen_by_its_verification(results: Results) -> None:
    best = best_therapies(results)
    assert best is not None
    assert best["subject"].tolist() == ["patient_1", "patient_2", "patient_3"]
    assert best["algorithm"].tolist() == ["nelder_mead", "swarm", "swarm"]
    assert best["response_reference"].tolist() == ["PD", "PD", "PD"]
    assert best["response_therapy"].tolist() == ["PD", "CR", "PD"]


def test_patients_who_beat_the_reference_are_counted(results: Results) -> None:
    numbers = numbers_of(results, "crc-therapies-found")
    assert numbers["Patients with a lower J"].value == "3 of 3"
    assert numbers["Beat the reference in both"].value == "66.7 %"


def test_coverage_stands_beside_what_was_asked_for(results: Results) -> None:
    number = numbers_of(results, "certainty-coverage")["Intervals of one simulation for 95 %"]
    # Two points more for one cell type of three.
    assert number.value == "95.7 %"
    assert number.interval == "asked for 95 %"


def test_the_cost_is_that_of_the_benchmarks(results: Results) -> None:
    numbers = numbers_of(results, "cost")
    assert numbers["Core-hours"].value == "4.00 h"
    assert numbers["CPU-hours"].value == "1.00 h"


def test_cells_of_a_column_have_the_same_decimals(results: Results) -> None:
    table = table_of(results, "tnf-treatments-found", "tnf-treatments")
    column = [each.heading for each in table.columns].index("TNF given")
    decimals = {len(row[column].text.partition(".")[2]) for row in table.rows}
    assert len(decimals) == 1
    assert all(each.meaning for each in table.columns)


def _tested(*factors: float, replicates: int = 1) -> pd.DataFrame:
    """Test simulations of as many treatments, each predicted too high by its factor."""
    frames = []
    for place, factor in enumerate(factors):
        for replicate in range(replicates):
            counts = {"alive": [20.0, 10.0], "apoptotic": [0.0, 5.0], "necrotic": [0.0, 5.0]}
            predicted = {
                f"predicted_{name}": [factor * each for each in counts[name]] for name in counts
            }
            point = {"tumor_radius_um": 100, "pulse_period_min": 100 + place}
            point |= {"pulse_duration_min": 10, "tnf_concentration": 0.5, "replicate": replicate}
            frames.append(pd.DataFrame({"time_min": [0, 60], **counts, **predicted} | point))
    return pd.concat(frames, ignore_index=True)


def test_an_interval_of_the_error_is_students_over_treatments() -> None:
    error = mean_error_interval(_tested(1.1, 1.2))
    assert (error.simulations, error.mean) == (2, pytest.approx(15))
    # Student's t of one degree of freedom is 12.706; the standard error is 5.
    assert error.upper - error.mean == pytest.approx(12.706 * 5, rel=1e-4)


def test_replicates_of_a_treatment_make_the_error_no_surer() -> None:
    once, twice = (mean_error_interval(_tested(1.1, 1.2, 1.6, replicates=n)) for n in (1, 2))
    assert (once.simulations, twice.simulations) == (3, 6)
    assert twice.lower == pytest.approx(once.lower)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (8.0, "8.00"),
        (0.0123456, "0.0123"),
        (-12.34, "−12.3"),
        (12345.6, "12,346"),
        (1.23456e-7, "1.2 × 10⁻⁷"),
        (float("nan"), "–"),
        (float("inf"), "∞"),
        (None, "–"),
    ],
)
def test_numbers_have_three_digits(value: float | None, text: str) -> None:
    assert number(value) == text


def test_words() -> None:
    assert exact(1440.0) == "1,440"
    assert exact(0.1) == "0.1"
    assert interval(94.6, 100.1, "%") == "94.6 to 100.1 %"
    assert plain("radii_50_to_275um") == "radii 50 to 275 µm"
    assert plain("patient_12") == "patient 12"


def test_cells_sort_by_their_numbers_and_whole_numbers_stay_whole() -> None:
    schema = pa.schema([field("runs", pa.float64(), "", "how many")])
    frame = pd.DataFrame({"runs": [2048.0, 4.0, float("inf"), float("nan")]})
    table = data_table("t", "T", "", frame.head(2), schema, {"runs": "runs"})
    assert [row[0].text for row in table.rows] == ["2,048", "4"]
    table = data_table("t", "T", "", frame, schema, {"runs": "runs"})
    assert [row[0].key for row in table.rows] == ["2048", "4", "Infinity", ""]
