"""Figures of fronts and regimens: what they show of their tables."""

import matplotlib as mpl
from support.figure_tables import attained, fronts, regimens

from theraflow.config.figures import FiguresConfig
from theraflow.report.figures.crc.attainment import attainment as draw_attainment
from theraflow.report.figures.crc.fronts import fronts as draw_fronts
from theraflow.report.figures.crc.regimens import regimens as draw_regimens

mpl.use("agg")

CONFIG = FiguresConfig(dpi=60)


def shown_panels(figure):
    return [panel for panel in figure.axes if panel.axison]


def test_fronts_of_nine_patients_at_most_are_drawn() -> None:
    assert len(shown_panels(draw_fronts(fronts(patients=12), CONFIG))) == 9
    assert len(shown_panels(draw_fronts(fronts(patients=2), CONFIG))) == 2


def test_the_front_the_best_therapy_and_the_reference_are_where_they_are() -> None:
    table = fronts(patients=1)
    (panel,) = shown_panels(draw_fronts(table, CONFIG))
    drawn = {line.get_label(): line for line in panel.lines}
    merged = table[table["front"] == "merged"]
    front = drawn["front of all searches"]
    assert list(front.get_ydata()) == list(merged["relative_inefficacy_percent"])
    assert len(drawn["verified by COPASI"].get_xdata()) == 10
    best = merged.loc[merged["objective"].idxmin()]
    assert drawn["lowest J"].get_xdata()[0] == best["drug_quantity_percent"]
    assert (drawn["reference"].get_xdata()[0], drawn["reference"].get_ydata()[0]) == (100, 100)
    assert "NSGA-II alone" in drawn
    low, high = panel.get_ylim()
    assert low < merged["relative_inefficacy_percent"].min() < 100 < high


def test_only_wide_fronts_have_a_logarithmic_axis() -> None:
    panels = shown_panels(draw_fronts(fronts(patients=2), CONFIG))
    assert [panel.get_yscale() for panel in panels] == ["linear", "log"]


def test_what_few_drugs_attain_holds_for_more_drugs_too() -> None:
    (panel,) = shown_panels(draw_attainment(attained(), CONFIG))
    drawn = {line.get_label(): line for line in panel.lines}
    half = drawn["50 % of the patients"]
    assert (half.get_xdata()[0], half.get_ydata()[0]) == (0.5, 240)
    assert (half.get_xdata()[-1], half.get_ydata()[-1]) == (100, 40 + 100 / 80)
    assert half.get_drawstyle() == "steps-post"
    assert (drawn["reference"].get_xdata()[0], drawn["reference"].get_ydata()[0]) == (100, 100)


def test_regimens_are_beside_personal_therapies_in_their_order() -> None:
    table = regimens(patients=5)
    panel = draw_regimens(table, CONFIG).axes[0]
    drawn = {line.get_label(): line for line in panel.lines}
    assert list(drawn["own therapy"].get_xdata()) == [10, 20, 30, 40, 50]
    assert list(drawn["own therapy"].get_ydata()) == [0, 1, 2, 3, 4]
    assert list(drawn["regimen for the mean"].get_xdata()) == [20, 40, 60, 80, 100]
    assert list(drawn["regimen for the worst quarter"].get_ydata()) == [0, 1, 2, 3, 4]
    assert panel.get_yticklabels()[0].get_text() == "Patient 1"
