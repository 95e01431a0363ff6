"""One regimen for many, beside personal therapies."""

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from theraflow.config.figures import FiguresConfig
from theraflow.report.figures import style
from theraflow.report.figures.crc.conventions import title_of

_INEFFICACY: Final = "relative_inefficacy_percent"
_DRUGS: Final = "drug_quantity_percent"
_HEIGHT_MM: Final = 25.0
_HEIGHT_OF_PATIENT_MM: Final = 5.0
_WIDE_RANGE: Final = 8.0
_LOOKS: Final = {
    "personal": (style.BLUE, "o", "own therapy"),
    "mean": (style.ORANGE, "s", "regimen for the mean"),
    "worst_quarter": (style.GREEN, "^", "regimen for the worst quarter"),
}


def regimens(regimens: pd.DataFrame, config: FiguresConfig) -> Figure:
    """Draw every patient's inefficacy and drugs, personal and shared, a row per patient."""
    # All statistics tell of the same personal therapies.
    personal = regimens[regimens["therapy"] == "personal"].drop_duplicates("subject")
    shared = regimens[regimens["therapy"] == "regimen"]
    order = [
        *personal.sort_values(_INEFFICACY)["subject"],
        *sorted(set(shared["subject"]) - set(personal["subject"])),
    ]
    height_mm = _HEIGHT_MM + _HEIGHT_OF_PATIENT_MM * len(order)
    with style.style():
        figure, [panels] = style.new_figure(config, 1, 2, height_mm, sharey=True)
        for panel, value in zip(panels, (_INEFFICACY, _DRUGS), strict=True):
            _spans(panel, pd.concat([personal, shared]), order, value)
            for name, (color, marker, label) in _LOOKS.items():
                rows = personal if name == "personal" else shared[shared["statistic"] == name]
                if len(rows):
                    places = [order.index(subject) for subject in rows["subject"]]
                    panel.plot(
                        rows[value], places, marker, ms=5, color=color, alpha=0.9, label=label
                    )
            panel.axvline(100, color=style.BLACK, ls="--", lw=1, label="reference")
        panels[0].set_yticks(np.arange(len(order)), [title_of(name) for name in order])
        panels[0].set_ylim(len(order) - 0.5, -0.5)
        panels[0].set_xlabel("inefficacy (% of the reference's)")
        panels[1].set_xlabel("drug quantity (% of the safe maximum)")
        panels[1].set_xlim(0, 105)
        _inefficacy_axis(panels[0], pd.concat([personal[_INEFFICACY], shared[_INEFFICACY]]))
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=4)
    return figure


def _spans(panel: Axes, rows: pd.DataFrame, order: list[str], value: str) -> None:
    by_subject = rows.groupby("subject")[value]
    places = [order.index(str(subject)) for subject in by_subject.groups]
    panel.hlines(places, by_subject.min(), by_subject.max(), color=style.GREY, lw=0.8, zorder=1)


def _inefficacy_axis(panel: Axes, shown: "pd.Series[float]") -> None:
    if shown.max() <= _WIDE_RANGE * shown.min():
        return
    panel.set_xscale("log")
    style.label_log_axis(panel.xaxis, most=8)
