"""What the figures show of their tables."""

import itertools

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from support.figure_tables import (
    RADII_UM,
    SIMULATORS,
    best_therapies,
    cell_errors,
    compared_therapies,
    courses,
    coverage,
    differences,
    errors,
    histories,
    noise,
    patient_responses,
    predictions,
    response_counts,
    simulator_errors,
    timing,
    treatments,
    weekly_doses,
)
from support.figure_tables import best_so_far as progress
from support.figure_tables import run_time_distribution as run_time_shares

from theraflow.config.figures import FiguresConfig
from theraflow.report.catalogue.tnf import TNF_FIGURES
from theraflow.report.figures import style
from theraflow.report.figures.crc.conventions import title_of
from theraflow.report.figures.crc.growth import treated_growth, untreated_growth
from theraflow.report.figures.crc.quality import quality_and_drugs, responses
from theraflow.report.figures.crc.searches import best_so_far, run_time_distribution
from theraflow.report.figures.crc.therapies import therapies_of_one_patient
from theraflow.report.figures.tnf.break_even import break_even_curves
from theraflow.report.figures.tnf.conventions import CELL_TYPE_COLORS
from theraflow.report.figures.tnf.coverage import coverage_over_time
from theraflow.report.figures.tnf.engines import engine_comparison
from theraflow.report.figures.tnf.errors import (
    cell_errors_over_time,
    general_surrogate_errors,
    relative_error_over_time,
)
from theraflow.report.figures.tnf.training import training_histories
from theraflow.report.figures.tnf.trajectories import example_trajectories, simulated_trajectories
from theraflow.report.figures.tnf.treatments import treatment_front, treatment_verification

mpl.use("agg")

CONFIG = FiguresConfig(dpi=60)


@pytest.mark.parametrize(
    ("figure_id", "tables"),
    [
        ("example_trajectories", {"predictions": predictions()}),
        ("training_histories", {"histories": histories()}),
        ("break_even_curves", {"timing": timing()}),
    ],
)
def test_every_radius_has_a_titled_panel(figure_id, tables) -> None:
    figure = TNF_FIGURES[figure_id].draw(tables, CONFIG)
    titles = [panel.get_title() for panel in figure.axes if panel.get_title()]
    assert titles == [f"radius {radius} µm" for radius in RADII_UM]


def test_examples_are_spread_from_weak_to_strong_treatment() -> None:
    figure = example_trajectories(predictions(treatments=9), CONFIG)
    of_radius_50 = [panel for panel in figure.axes if panel.get_subplotspec().colspan.start == 0]
    last_alive = [panel.lines[1].get_ydata()[-1] for panel in of_radius_50]
    assert len(last_alive) == 3
    assert last_alive == sorted(last_alive, reverse=True)
    assert len(set(last_alive)) == 3


def test_there_is_a_row_for_every_treatment_and_none_left_empty() -> None:
    figure = example_trajectories(predictions(treatments=2), CONFIG)
    assert len(figure.axes) == 2 * len(RADII_UM)
    assert all(panel.axison for panel in figure.axes)


@pytest.mark.parametrize(
    ("hours", "ticks"), [(6, [0, 2, 4, 6]), (24, [0, 6, 12, 18, 24]), (77, [0, 24, 48, 72])]
)
def test_time_reaches_to_the_horizon(hours: int, ticks: list[int]) -> None:
    longer = predictions()
    longer["time_min"] = longer["time_min"] * hours // 24
    for draw, table in ((example_trajectories, longer), (simulated_trajectories, longer)):
        for panel in draw(table, CONFIG).axes:
            assert panel.get_xlim() == (0, hours)
            assert [tick for tick in panel.get_xticks() if 0 <= tick <= hours] == ticks


def test_dots_are_the_mean_of_replicates_within_their_range_and_lines_are_predicted() -> None:
    figure = example_trajectories(predictions(), CONFIG)
    panel = figure.axes[0]
    dots, line = panel.lines[:2]
    assert (dots.get_linestyle(), line.get_linestyle()) == ("None", "-")
    np.testing.assert_allclose(line.get_ydata(), 1.1 * dots.get_ydata())
    band = panel.collections[0].get_paths()[0].vertices[:, 1]
    assert band.min() == pytest.approx(0.9 * dots.get_ydata().min())
    assert band.max() == pytest.approx(1.1 * dots.get_ydata().max())
    (legend,) = figure.legends
    assert "mean of 3 simulations" in [text.get_text() for text in legend.get_texts()]


def test_the_thick_line_is_the_mean_of_the_replicates() -> None:
    one = predictions(treatments=1, replicates=1).query("tumor_radius_um == 50")
    both = [one, one.assign(replicate=1, alive=3 * one["alive"])]
    figure = simulated_trajectories(pd.concat(both, ignore_index=True), CONFIG)
    thin, other, thick = figure.axes[0].lines[:3]
    np.testing.assert_allclose(other.get_ydata(), 3 * thin.get_ydata())
    np.testing.assert_allclose(thick.get_ydata(), 2 * thin.get_ydata())


def test_losses_are_drawn_over_whole_epochs() -> None:
    figure = training_histories(histories(), CONFIG)
    with style.style():
        figure.canvas.draw()
        ticks = figure.axes[0].get_xticks()
    training, validation, ring = figure.axes[0].lines
    assert ring.get_xydata().tolist() == [[4, pytest.approx(0.6**4)]]
    assert training.get_ydata()[-1] < validation.get_ydata()[-1]
    assert all(float(tick).is_integer() for tick in ticks)


def test_errors_and_noise_have_their_intervals_and_the_number_of_their_points() -> None:
    of_test = errors().assign(relative_error_percent=7.0)
    figure = relative_error_over_time(of_test, errors(), noise(errors()), CONFIG)
    above, below = figure.axes[0], figure.axes[len(RADII_UM)]
    assert above.get_title() == "radius 50 µm, 24 points"
    for panel, error in ((above, 8), (below, 5)):
        floor, surrogate, *_ = panel.lines
        assert surrogate.get_ydata()[0] == error
        assert floor.get_ydata()[0] == pytest.approx(0.7 * error)
        bands = [band.get_paths()[0].vertices[:, 1] for band in panel.collections]
        assert (bands[0].min(), bands[0].max()) == pytest.approx((0.63 * error, 0.84 * error))
        assert (bands[1].min(), bands[1].max()) == pytest.approx((0.9 * error, 1.2 * error))
    assert above.lines[2].get_ydata()[0] == 7


def test_both_kinds_of_surrogates_are_drawn_beside_the_noise() -> None:
    general = errors().assign(relative_error_percent=6.0)
    figure = general_surrogate_errors(errors(), general, noise(errors()), CONFIG)
    drawn = {line.get_color(): line.get_ydata()[0] for line in figure.axes[0].lines}
    assert drawn == pytest.approx({style.BLUE: 8, style.VERMILION: 6, style.GREY: 5.6})
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert "noise floor at the same points" in labels


def test_coverage_is_drawn_beside_the_level_that_was_asked_for() -> None:
    for panel in coverage_over_time(coverage(), CONFIG).axes[: len(RADII_UM)]:
        pooled = sorted(
            line.get_ydata()[0] for line in panel.lines if line.get_color() == style.BLACK
        )
        asked = sorted(line.get_ydata()[0] for line in panel.lines if line.get_linestyle() == ":")
        assert asked == [80, 95]
        assert panel.get_title().endswith("µm: 109 calibrate, 200 test")
        assert pooled == pytest.approx([80 + 2 / 3, 95 + 2 / 3])


def test_every_cell_type_has_a_row_of_errors() -> None:
    figure = cell_errors_over_time(cell_errors(), cell_errors(), noise(cell_errors()), CONFIG)
    for row, error in enumerate((3.0, 2.0, 1.0)):
        for panel in figure.axes[row * len(RADII_UM) : (row + 1) * len(RADII_UM)]:
            floor, surrogate, of_test = (line.get_ydata()[0] for line in panel.lines)
            assert (floor, surrogate, of_test) == pytest.approx((0.7 * error, error, error))


def test_curves_cross_at_the_break_even() -> None:
    figure = break_even_curves(timing(), CONFIG)
    simulated, predicted = figure.axes[1].lines[:2]
    assert figure.axes[1].texts[0].get_text() == "break-even\n2,250\n(2,025 to 2,700)"
    results = simulated.get_xdata()
    crossing = results[np.argmin(np.abs(np.log(simulated.get_ydata() / predicted.get_ydata())))]
    assert crossing == pytest.approx(2250, rel=0.1)
    no_break_even = figure.axes[2]
    assert len(no_break_even.lines) == 2


def test_no_break_even_is_drawn_where_a_gpu_trained_and_the_panel_says_so() -> None:
    of_gpu = timing().assign(training_gpu_s=1234.0, break_even_simulations=np.nan)
    for panel in break_even_curves(of_gpu, CONFIG).axes[: len(RADII_UM)]:
        assert len(panel.lines) == 2
        assert [text.get_text() for text in panel.texts] == [
            "and 1,234 s on a GPU:\nno break-even in CPU time"
        ]
    for panel in break_even_curves(timing(), CONFIG).axes:
        assert not [text for text in panel.texts if "GPU" in text.get_text()]


def test_the_legend_names_the_simulators() -> None:
    figure = engine_comparison(differences(), simulator_errors(), CONFIG)
    (legend,) = figure.legends
    labels = [text.get_text() for text in legend.get_texts()]
    assert labels[:3] == ["between the two", *(f"within {name}" for name in SIMULATORS)]
    between, within_first, within_second = figure.axes[-1].lines
    assert [line.get_ydata()[0] for line in (between, within_first, within_second)] == [9, 6, 5]


def test_treatments_promised_too_much_of_lie_above_the_dotted_line() -> None:
    figure = treatment_verification(treatments(), CONFIG)
    for panel in figure.axes:
        dots = {
            container.get_label(): container.lines[0].get_xydata() for container in panel.containers
        }
        assert (dots["separate"][:, 1] - dots["separate"][:, 0] == 10).all()
        assert (dots["engine"][:, 1] == dots["engine"][:, 0]).all()
        (ring,) = [line for line in panel.lines if line.get_label() == "chosen by simulation"]
        assert ring.get_xydata().tolist() == [[31, 31]]
    assert [panel.get_title() for panel in figure.axes] == ["radius 100 µm", "radii 50 to 275 µm"]


def test_a_study_of_one_target_has_a_panel_that_is_no_strip() -> None:
    one = treatments().query("target == 'radius_100um'")
    figure = treatment_verification(one, CONFIG)
    figure.canvas.draw()
    (panel,) = figure.axes
    box = panel.get_window_extent()
    assert 0.5 < box.height / box.width < 1.2


def test_a_front_is_drawn_as_predicted_and_as_simulated() -> None:
    figure = treatment_front(treatments(), CONFIG)
    for panel in figure.axes:
        assert panel.get_xscale() == panel.get_yscale() == "log"
        (predicted,) = [line for line in panel.lines if line.get_label() == "separate, predicted"]
        x, y = predicted.get_xydata().T
        assert len(x) == 6
        assert (np.diff(x) > 0).all()
        assert (np.diff(y) < 0).all()
        assert {"separate, simulated", "engine, simulated"} <= {
            container.get_label() for container in panel.containers
        }


def test_cells_over_decades_are_seen_down_to_none() -> None:
    table = treatments()
    group = table.groupby(["target", "kind"])["rank"]
    cells = 0.1 * 40_000 ** (group.cumcount() / (group.transform("size") - 1))
    table = table.assign(
        predicted_living_cells=0.0,
        simulated_living_cells=cells,
        simulated_lower=0.9 * cells,
        simulated_upper=1.1 * cells,
    )
    for draw in (treatment_verification, treatment_front):
        for panel in draw(table, CONFIG).axes:
            assert panel.get_yscale() == "symlog"
            low, high = panel.get_ylim()
            assert low < 0
            assert high > 4000
            assert [tick for tick in panel.get_yticks() if 0 <= tick < high][:3] == [0, 1, 10]


def test_no_line_goes_back_in_time() -> None:
    for draw in (untreated_growth, treated_growth):
        for panel in draw(courses(), CONFIG).axes:
            # The line at 1 spans the panel.
            for line in panel.lines:
                days = np.asarray(line.get_xdata())
                assert (np.diff(days) > 0).all()


def test_untreated_patients_are_drawn_once_and_their_median_over_patients() -> None:
    *patients, median, _ = untreated_growth(courses(patients=3), CONFIG).axes[0].lines
    assert len(patients) == 3
    np.testing.assert_allclose(median.get_ydata(), patients[1].get_ydata())


def test_every_column_of_panels_has_days_below_it() -> None:
    arms = ["reference", *(f"algorithm_{number}" for number in range(10))]
    one = courses(patients=1)
    many = pd.concat([one[one["arm"] == "reference"].assign(arm=arm) for arm in arms])
    panels = [panel for panel in treated_growth(many, CONFIG).axes if panel.axison]
    assert len(panels) == 11
    columns = {panel.get_subplotspec().colspan.start: panel for panel in panels}
    for lowest in columns.values():
        assert lowest.get_xlabel() == "days since therapy start"
        assert lowest.xaxis.get_tick_params()["labelbottom"]


def test_bars_count_the_patients_and_the_legend_spells_the_classes() -> None:
    figure = responses(response_counts(), CONFIG)
    panel = figure.axes[0]
    widths = np.array([[bar.get_width() for bar in bars] for bars in panel.containers])
    np.testing.assert_array_equal(widths.sum(axis=0), 10)
    np.testing.assert_array_equal(widths[:, -1], [2, 4, 4, 0])
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "complete response (CR)",
        "partial response (PR)",
        "stable disease (SD)",
        "progressive disease (PD)",
    ]


def test_a_line_leads_from_the_reference_to_the_therapy_of_every_patient() -> None:
    inefficacy, drugs = quality_and_drugs(compared_therapies(patients=3), CONFIG).axes
    assert inefficacy.get_title(loc="left") == "all: 4,000 evaluations, 3 patients"
    # The better algorithm is the first row.
    assert [text.get_text() for text in inefficacy.get_yticklabels()] == ["Swarm", "Nelder-Mead"]
    pairs = sorted(
        (round(float(line[1, 1]), 1), *np.round(line[:, 0]))
        for lines in inefficacy.collections
        for line in lines.get_segments()
    )
    # The mean of both seeds: 30 + 15, 30 + 90 + 15, and 20 more by the other algorithm.
    assert [pair[1:] for pair in pairs] == [
        (100, 135), (100, 45), (100, 45), (100, 155), (100, 65), (100, 65)
    ]  # fmt: skip
    dots = [line for line in drugs.lines if line.get_marker() == "o"]
    found = [list(np.round(line.get_xdata())) for line in dots]
    assert found == [[30, 30, 30], [50, 50, 50]]


def test_the_group_of_most_patients_and_algorithms_fits_a_page() -> None:
    names = [f"algorithm_{number}" for number in range(10)]
    one = compared_therapies(patients=25)
    swarm = one[one["algorithm"] == "swarm"]
    figure = quality_and_drugs(pd.concat([swarm.assign(algorithm=name) for name in names]), CONFIG)
    assert figure.get_size_inches()[1] * 25.4 < 297


def test_doses_are_those_of_the_patient_who_no_longer_progresses() -> None:
    figure = therapies_of_one_patient(
        weekly_doses(), best_therapies(), patient_responses(changed=2), CONFIG
    )
    assert figure.get_suptitle().startswith(
        "Patient 2, who benefits most\nunder Swarm: objective J is"
    )
    assert figure.get_suptitle().endswith("complete response instead of progressive disease")
    rows = [panel.get_ylabel() for panel in figure.axes if panel.get_ylabel()]
    assert rows == ["Reference", "Swarm", "Nelder-Mead"]
    for panel, dose_mg in zip(figure.axes, (200, 20, 202, 22, 201, 21), strict=True):
        assert {bar.get_height() for bar in panel.patches} == {dose_mg}
        assert [bar.get_x() + bar.get_width() / 2 for bar in panel.patches[:2]] == [1, 5]


def test_without_a_new_response_the_largest_fall_of_j_decides() -> None:
    figure = therapies_of_one_patient(
        weekly_doses(), best_therapies(), patient_responses(changed=0), CONFIG
    )
    title = (
        "Patient 1, who benefits most\nunder Swarm: objective J is 25 % of the reference's,\n"
        "progressive disease as under the"
    )
    assert figure.get_suptitle().startswith(title)


def test_the_patients_title_fits_with_a_long_name() -> None:
    tables = [weekly_doses(), best_therapies(), patient_responses(changed=0)]
    long = [table.replace({"swarm": "copasi_levenberg_marquardt"}) for table in tables]
    figure = therapies_of_one_patient(*long, CONFIG)
    with style.style():
        figure.canvas.draw()
        drawn = figure.get_tightbbox()
    assert drawn.x0 >= 0
    assert drawn.x1 <= figure.bbox_inches.width


@pytest.mark.parametrize("draw", [best_so_far, run_time_distribution])
def test_every_algorithm_has_a_panel_of_its_own_even_if_all_are_alike(draw) -> None:
    names = [f"algorithm_{number}" for number in range(15)]
    table = progress() if draw is best_so_far else run_time_shares()
    one = table[(table["algorithm"] == "swarm") & (table["group"] == "all")]
    figure = draw(pd.concat([one.assign(algorithm=name) for name in names]), CONFIG)
    panels = [panel for panel in figure.axes if panel.axison]
    assert len(panels) == 15 * (2 if draw is best_so_far else 1)
    assert [panel.get_title() for panel in panels[:2]] == ["Algorithm 0", "Algorithm 1"]
    for panel in panels:
        colors = [line.get_color() for line in panel.lines]
        assert (colors.count(style.BLUE), colors.count(style.PALE_GREY)) == (1, 14)
        own = panel.lines[colors.index(style.BLUE)]
        assert own.get_zorder() > panel.lines[colors.index(style.PALE_GREY)].get_zorder()
        assert own.get_drawstyle() == "steps-post"
    assert figure.get_size_inches()[1] * 25.4 < 297


def test_a_panel_says_where_an_algorithm_has_found_nothing_yet() -> None:
    table = progress()
    late = table["algorithm"] == "swarm"
    table.loc[late, ["median", "lower_quartile", "upper_quartile"]] = np.inf
    for panel in best_so_far(table, CONFIG).axes:
        said = [text.get_text() for text in panel.texts]
        assert said == (["nothing yet"] if panel.get_title() == "Swarm" else [])


def test_every_group_of_algorithms_has_its_block() -> None:
    figure = run_time_distribution(run_time_shares(), CONFIG)
    assert [part.get_suptitle() for part in figure.subfigs] == [
        "All algorithms, against therapies simulated",
        "4,000 evaluations on 6 patients, against therapies simulated",
    ]


def test_patients_are_named_at_the_ends_of_their_lines() -> None:
    figure = treated_growth(courses(patients=4), CONFIG)
    for panel in figure.axes:
        labels = {text.get_text(): text for text in panel.texts}
        assert set(labels) == {"1", "2", "3", "4"}
        ends = [labels[name].xy[1] for name in sorted(labels)]
        drawn = {round(float(line.get_ydata()[-1]), 6) for line in panel.lines}
        assert {round(float(end), 6) for end in ends} <= drawn
        heights = np.sort(np.log([label.xyann[1] for label in labels.values()]))
        assert np.diff(heights).min() > 0


def test_numbers_of_many_patients_do_not_overlap() -> None:
    figure = untreated_growth(courses(patients=40), CONFIG)
    with style.style():
        figure.canvas.draw()
        boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    boxes.sort(key=lambda box: box.y0)
    assert len(boxes) > 5
    gaps = [above.y0 - below.y1 for below, above in itertools.pairwise(boxes)]
    assert min(gaps) > -1


def test_names_of_algorithms_are_spelled() -> None:
    assert title_of("copasi_nelder_mead") == "COPASI Nelder-Mead"
    assert title_of("cma_es") == "CMA-ES"
    assert title_of("scipy_de") == "SciPy DE"
    assert title_of("model_depth") == "Model depth"


def test_colours_are_told_apart_without_hue() -> None:
    colors = [mpl.colors.to_rgb(color) for color in CELL_TYPE_COLORS.values()]
    lightness = sorted(np.dot(color, [0.2126, 0.7152, 0.0722]) for color in colors)
    assert np.diff(lightness).min() > 0.05
