"""What the page tells of the study of the spheroid."""

from theraflow.report.page.blocks import Section
from theraflow.report.page.explorer.tnf import tnf_explorer
from theraflow.report.page.results import Results
from theraflow.report.page.tnf.active import active_learning
from theraflow.report.page.tnf.asked import asked
from theraflow.report.page.tnf.simulations import simulations
from theraflow.report.page.tnf.surrogates import surrogates
from theraflow.report.page.tnf.treatments import best_treatments, treatments


def study(results: Results) -> Section:
    """Tell the whole study."""
    parts = (
        asked(None if results.study is None else results.study.tnf),
        simulations(results),
        active_learning(results),
        surrogates(results),
        treatments(results),
        tnf_explorer(results, best_treatments(results)),
    )
    return Section(
        "tnf",
        "A tumour spheroid under pulses of TNF",
        sections=tuple(part for part in parts if part is not None),
    )
