"""A short run of the engine before a campaign, so that what cannot work fails at once."""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from theraflow.config.tnf.engines import AnyEngineConfig, PhysibossConfig
from theraflow.core.errors import UserError
from theraflow.tnf.engine.make import make_engine, make_physiboss_engine
from theraflow.tnf.simulation import ParameterPoint, plan_simulation
from theraflow.work.status import AttemptError

if TYPE_CHECKING:
    from theraflow.tnf.engine.physiboss.engine import PhysibossEngine

_TIME_LIMIT_MIN: Final = 10.0


def check_engine(engine: AnyEngineConfig, tumor_radius_um: int) -> str:
    """Run an engine for a moment; returns what it did, in words.

    Raises ``UserError`` with the reason and the remedy when PhysiBoSS cannot be started, fails,
    takes more than ten minutes, or writes output that is not as it should be.
    """
    if isinstance(engine, PhysibossConfig):
        physiboss = make_physiboss_engine(engine)
        cells = _cells_at_start(physiboss, tumor_radius_um)
        return (
            f"{physiboss.label}: {engine.executable} runs; a tumour of radius {tumor_radius_um} um "
            f"starts with {cells} cells"
        )
    embedded = make_engine(engine)
    embedded.warm_up()
    return f"{embedded.label}: compiled, and runs"


def _cells_at_start(engine: "PhysibossEngine", tumor_radius_um: int) -> int:
    limit_min = min(_TIME_LIMIT_MIN, engine.config.time_limit_min)
    limited = replace(engine, config=engine.config.model_copy(update={"time_limit_min": limit_min}))
    point = ParameterPoint(
        tumor_radius_um, pulse_period_min=60, pulse_duration_min=10, tnf_concentration=0.5
    )
    try:
        counts = limited.simulate_start(plan_simulation(point, replicate=0, base_seed=0))
    except AttemptError as error:
        raise UserError(f"{engine.config.executable}: {error.reason}") from None
    return int(counts[0].sum())
