"""The doses of the therapies found for the patient who benefits most."""

from dataclasses import dataclass
from typing import Final

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from theraflow.config.figures import FiguresConfig
from theraflow.crc.comparison.tables import ARM, DRUG_DOSE_MG, IS_SHOWN, RESPONSE, WEEK
from theraflow.crc.tables import ALGORITHM, REFERENCE, RELATIVE_OBJECTIVE, SUBJECT
from theraflow.report.figures import style
from theraflow.report.figures.crc.conventions import title_of

_MOST_THERAPIES: Final = 5
_RESPONSES: Final = {
    "CR": "complete response",
    "PR": "partial response",
    "SD": "stable disease",
    "PD": "progressive disease",
}
_RESPONDS: Final = {"CR": 2, "PR": 1}


@dataclass(frozen=True)
class _Benefit:
    subject: str
    algorithm: str
    relative_objective: float
    reference_response: str
    response: str

    @property
    def rank(self) -> tuple[int, float]:
        """From progression to response, complete before partial; else the largest fall of J."""
        progressed = self.reference_response == "PD"
        return _RESPONDS.get(self.response, 0) * progressed, -self.relative_objective

    @property
    def title(self) -> str:
        """Say who it is and what is gained."""
        changes = self.response != self.reference_response
        as_before = (
            f"instead of {_RESPONSES[self.reference_response]}"
            if changes
            else "as under the reference"
        )
        return (
            f"{title_of(self.subject)}, who benefits most\nunder {title_of(self.algorithm)}: "
            f"objective J is {100 * self.relative_objective:.0f} % of the reference's,\n"
            f"{_RESPONSES[self.response]} {as_before}"
        )


def therapies_of_one_patient(
    weekly_doses: pd.DataFrame,
    best: pd.DataFrame,
    responses: pd.DataFrame,
    config: FiguresConfig,
) -> Figure:
    """Draw weekly doses of the patient who benefits most, a row per therapy (Fig. 5).

    These are the reference and the best of the therapies found, each algorithm's best seed.
    """
    chosen = max(_benefits(best, responses), key=lambda each: each.rank)
    of_patient = best[best[SUBJECT] == chosen.subject].groupby(ALGORITHM)[RELATIVE_OBJECTIVE].min()
    found = [str(name) for name in of_patient.nsmallest(_MOST_THERAPIES).index]
    doses = weekly_doses[weekly_doses[SUBJECT] == chosen.subject]
    with style.style():
        names = [REFERENCE, *found]
        figure, axes = style.new_figure(config, len(names), 2, 26, sharex=True, sharey="col")
        for row, name in zip(axes, names, strict=True):
            therapy = doses[doses[ARM] == name]
            for panel, column in zip(row, DRUG_DOSE_MG, strict=True):
                given = therapy[therapy[column] > 0]
                color = style.GREY if name == REFERENCE else style.BLUE
                panel.bar(given[WEEK], given[column], width=0.9, color=color)
                panel.set_xlim(0, therapy[WEEK].max() + 1)
                panel.xaxis.set_major_locator(MaxNLocator(integer=True))
            row[0].set_ylabel(title_of(name), rotation=0, ha="right", va="center")
        for panel, column in zip(axes[0], DRUG_DOSE_MG, strict=True):
            panel.set_title(f"{column.removesuffix('_mg')} (mg)")
        for panel in axes[-1]:
            panel.set_xlabel("week of therapy")
        figure.suptitle(chosen.title, fontsize=8)
    return figure


def _benefits(best: pd.DataFrame, responses: pd.DataFrame) -> list[_Benefit]:
    """List what each patient gains by each algorithm's best therapy."""
    rows = responses[responses[IS_SHOWN]]
    shown = dict(zip(zip(rows[SUBJECT], rows[ARM], strict=True), rows[RESPONSE], strict=True))
    relative = best.groupby([SUBJECT, ALGORITHM])[RELATIVE_OBJECTIVE].min()
    benefits = []
    for (subject, arm), response in shown.items():
        if arm in set(best[ALGORITHM]):
            value = float(relative[subject, arm])
            benefits.append(_Benefit(subject, arm, value, shown[subject, REFERENCE], response))
    return benefits
