"""Section ``crc.comparison``: response classes and budgets."""

from typing import Literal

from theraflow.config.base import Section, setting


class ComparisonConfig(Section):
    """Response classes and budgets of the comparison."""

    response_reading: Literal["final_diameter", "recist_1_1"] = setting(
        "reading of RECIST that the figure of responses shows; the table holds both. "
        "final_diameter, as in the paper: the diameter at the horizon against that at therapy "
        "start. recist_1_1: partial response against the diameter at therapy start, progression "
        "against the smallest one since",
        default="final_diameter",
    )
    complete_response_diameter_mm: float = setting(
        "diameter below which the response is complete (CR), as the model's tumour never vanishes",
        unit="mm",
        default=10,
        gt=0,
    )
    partial_response_percent: float = setting(
        "reduction of the diameter from which the response is partial (PR)",
        unit="percent",
        default=30,
        gt=0,
        lt=100,
    )
    progression_percent: float = setting(
        "growth of the diameter from which the disease is progressive (PD)",
        unit="percent",
        default=20,
        gt=0,
    )
    progression_growth_mm: float = setting(
        "growth of the diameter that recist_1_1 asks for, too, before the disease is progressive",
        unit="mm",
        default=5,
        ge=0,
    )
    budget_shares: tuple[float, ...] = setting(
        "shares of the budget at which winners are named", default=(0.1, 0.25, 0.5, 1.0)
    )
