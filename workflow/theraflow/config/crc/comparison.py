"""Section ``crc.comparison``: response classes and budgets."""

from theraflow.config.base import Section, setting


class ComparisonConfig(Section):
    """Response classes and budgets of the comparison."""

    complete_response_diameter_mm: float = setting(
        "diameter below which the tumour counts as gone (CR)", unit="mm", default=2, gt=0
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
    budget_shares: tuple[float, ...] = setting(
        "shares of the budget at which winners are named", default=(0.1, 0.25, 0.5, 1.0)
    )
