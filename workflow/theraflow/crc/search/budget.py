"""The budget of a search, and what of it is spent: both counted by us, not by COPASI."""

from dataclasses import dataclass
from typing import Self

from theraflow.config.crc.search import SearchConfig
from theraflow.crc import tables


@dataclass(frozen=True)
class Spent:
    """Budget that a search has used: therapies simulated, wall seconds, CPU seconds.

    The names of the fields are columns of ``tables``.
    """

    evaluation: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0


@dataclass(frozen=True)
class Budget:
    """An amount of evaluations or of wall seconds; ``axis`` names the field of ``Spent``."""

    axis: str
    amount: float

    @classmethod
    def of(cls, config: SearchConfig) -> Self:
        """Take the one budget that the config gives."""
        if config.budget_evaluations is not None:
            return cls(tables.EVALUATION, config.budget_evaluations)
        assert config.budget_seconds is not None
        return cls(tables.SECONDS, config.budget_seconds)

    def used(self, spent: Spent) -> float:
        """Return what is spent, in the unit of the budget."""
        return float(getattr(spent, self.axis))

    def is_exhausted(self, spent: Spent) -> bool:
        """Tell whether nothing is left."""
        return self.used(spent) >= self.amount

    def covers(self, spent: Spent) -> bool:
        """Tell whether what was found after this expense was found within the budget."""
        return self.used(spent) <= self.amount
