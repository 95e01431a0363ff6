"""What shares of the patients can have, of few drugs and a low inefficacy."""

from typing import Final

import pandas as pd
from matplotlib.figure import Figure

from theraflow.config.figures import FiguresConfig
from theraflow.report.figures import style

_HEIGHT_MM: Final = 80
_SHARE: Final = "share_of_patients"
_DRUGS: Final = "drug_quantity_percent"
_INEFFICACY: Final = "relative_inefficacy_percent"
_LOOKS: Final = (
    (style.BLUE, "-", 1.4),
    (style.GREEN, "--", 1.4),
    (style.ORANGE, "-.", 1.4),
    (style.VERMILION, ":", 1.8),
)
# A front ends at hardly any drugs, where tumours grow as if untreated.
_MOST_INEFFICACY_PERCENT: Final = 1000.0
_LEAST_DRUGS_PERCENT: Final = 0.1


def attainment(attained: pd.DataFrame, config: FiguresConfig) -> Figure:
    """Draw what each share of the patients attains, with the reference therapy."""
    with style.style():
        figure, [[panel]] = style.new_figure(config, 1, 1, _HEIGHT_MM)
        by_share = attained.groupby(_SHARE)
        for (_, corners), (color, line, width) in zip(by_share, _LOOKS, strict=True):
            # The therapy of the last corner is there however many drugs are allowed.
            drugs = [*corners[_DRUGS], 100.0]
            inefficacy = [*corners[_INEFFICACY], corners[_INEFFICACY].iloc[-1]]
            panel.plot(
                drugs,
                inefficacy,
                color=color,
                ls=line,
                lw=width,
                drawstyle="steps-post",
                label=f"{100 * corners[_SHARE].iloc[0]:.0f} % of the patients",
            )
        panel.plot(100, 100, "*", ms=10, color=style.BLACK, label="reference", clip_on=False)
        panel.axhline(100, color=style.GREY, lw=0.6, ls=":")
        panel.set_xscale("log")
        panel.set_yscale("log")
        panel.set_xlim(max(attained[_DRUGS].min() / 1.3, _LEAST_DRUGS_PERCENT), 100)
        low, high = attained[_INEFFICACY].min(), attained[_INEFFICACY].max()
        panel.set_ylim(min(low / 1.3, 50), min(max(1.3 * high, 200), _MOST_INEFFICACY_PERCENT))
        for axis in (panel.xaxis, panel.yaxis):
            style.label_log_axis(axis, most=12)
        panel.set_xlabel("drugs (% of the safe maximum)")
        panel.set_ylabel("inefficacy (% of the reference's)")
        panel.legend(loc="upper right")
    return figure
