"""Which figure of the comparison is drawn from which of its tables."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from theraflow.config.crc.study import CrcConfig
from theraflow.crc.comparison.comparison import REFERENCE, therapies_of
from theraflow.crc.therapy.therapy import reference_therapy, weekly_doses_mg
from theraflow.report.figures import crc as figures


def draw_figure(name: str, tables: Mapping[str, pd.DataFrame], config: CrcConfig) -> Figure:
    """Draw the figure of a name in ``report_names.FIGURES`` from ``report_tables``.

    Raises ``KeyError`` for any other name.
    """
    looks = config.figures
    draw = {
        "untreated_growth": lambda: figures.untreated_growth(tables["courses"], looks),
        "quality_and_drugs": lambda: figures.quality_and_drugs(tables["summary"], looks),
        "responses": lambda: figures.responses(tables["responses"], looks),
        "treated_growth": lambda: figures.treated_growth(tables["courses"], looks),
        "therapies_of_one_patient": lambda: _therapies_of_one_patient(tables, config),
        "best_so_far": lambda: figures.best_so_far(
            tables["best_so_far_by_evaluation"], tables["best_so_far_by_seconds"], looks
        ),
    }
    return draw[name]()


def _therapies_of_one_patient(tables: Mapping[str, pd.DataFrame], config: CrcConfig) -> Figure:
    best = tables["best_therapies"]
    therapies = {
        REFERENCE: reference_therapy(config.therapy),
        **therapies_of(best, patient=1, seed=int(best["seed"].min()), config=config),
    }
    doses = {name: weekly_doses_mg(item, config.therapy) for name, item in therapies.items()}
    return figures.therapies(doses, config.figures)
