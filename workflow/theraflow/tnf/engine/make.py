"""The simulator that a config asks for."""

from typing import TYPE_CHECKING

from theraflow.config.tnf.engines import AnyEngineConfig, EngineConfig, PhysibossConfig
from theraflow.tnf.engine.fingerprint import engine_fingerprint
from theraflow.tnf.engine.interface import Engine
from theraflow.tnf.model.spheroid import load_configured_model
from theraflow.tnf.model.time_steps import TIME_STEPS

if TYPE_CHECKING:
    from theraflow.tnf.engine.embedded.engine import EmbeddedEngine
    from theraflow.tnf.engine.physiboss.engine import PhysibossEngine


def make_engine(config: AnyEngineConfig) -> Engine:
    """Make the simulator that a config asks for.

    Raises ``UserError`` for a file that is missing or malformed.
    """
    if isinstance(config, PhysibossConfig):
        return make_physiboss_engine(config)
    return make_embedded_engine(config)


def make_embedded_engine(config: EngineConfig) -> "EmbeddedEngine":
    """Make the embedded engine; raises ``UserError`` as ``make_engine`` does."""
    # Importing numba takes a second that readers of tables need not wait for.
    from theraflow.tnf.engine.embedded.engine import EmbeddedEngine

    model = load_configured_model(config)
    return EmbeddedEngine(
        model, TIME_STEPS[config.time_steps], engine_fingerprint(config), config.dimension
    )


def make_physiboss_engine(config: PhysibossConfig) -> "PhysibossEngine":
    """Make the engine that runs PhysiBoSS; raises ``UserError`` as ``make_engine`` does."""
    from theraflow.tnf.engine.physiboss.engine import PhysibossEngine
    from theraflow.tnf.engine.physiboss.settings import load_settings

    return PhysibossEngine(config, load_settings(config), engine_fingerprint(config))
