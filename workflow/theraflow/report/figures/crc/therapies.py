"""The doses of the therapies found."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from theraflow.config.figures import FiguresConfig
from theraflow.crc.tables import ARM, DRUG_DOSE_MG, PATIENT, SEED, WEEK
from theraflow.report.figures import style
from theraflow.report.figures.crc.conventions import color_of, in_order, title_of


def therapies_of_one_patient(weekly_doses: pd.DataFrame, config: FiguresConfig) -> Figure:
    """Draw the weekly doses of the first patient, a row per therapy, a column per drug (Fig. 5).

    Of several searches by one algorithm, that of the first seed is drawn.
    """
    of_patient = weekly_doses[weekly_doses[PATIENT] == weekly_doses[PATIENT].min()]
    seed = of_patient[SEED]
    drawn = of_patient[seed.isna() | (seed == seed.min())]
    names = in_order(drawn[ARM])
    with style.style():
        figure, axes = style.new_figure(config, len(names), 2, 26, sharex=True, sharey="col")
        for row, name in zip(axes, names, strict=True):
            therapy = drawn[drawn[ARM] == name]
            for panel, column in zip(row, DRUG_DOSE_MG, strict=True):
                given = therapy[therapy[column] > 0]
                panel.bar(given[WEEK], given[column], width=0.9, color=color_of(name, names))
                panel.set_xlim(0, therapy[WEEK].max() + 1)
                panel.xaxis.set_major_locator(MaxNLocator(integer=True))
            row[0].set_ylabel(title_of(name), rotation=0, ha="right", va="center")
        for panel, column in zip(axes[0], DRUG_DOSE_MG, strict=True):
            panel.set_title(f"{column.removesuffix('_mg')} (mg)")
        for panel in axes[-1]:
            panel.set_xlabel("week of therapy")
    return figure
