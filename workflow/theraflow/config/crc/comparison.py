"""Section ``crc.comparison``: response classes and budgets."""

from typing import Literal

from pydantic import field_validator

from theraflow.config.base import Section, setting


class ComparisonConfig(Section):
    """Response classes and budgets of the comparison."""

    response_reading: Literal["final_diameter", "recist_1_1"] = setting(
        "reading of RECIST by which a figure chooses the patient who benefits most; tables and the "
        "figure of responses hold both. "
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
        "shares of the largest budget that all searches of a group have spent at which winners are "
        "named",
        default=(0.1, 0.25, 0.5, 1.0),
    )

    @field_validator("budget_shares")
    @classmethod
    def _accept_only_shares(cls, shares: tuple[float, ...]) -> tuple[float, ...]:
        if not shares or any(not 0 < share <= 1 for share in shares):
            raise ValueError("give one or more shares of the budget, each above 0 and up to 1")
        return shares
