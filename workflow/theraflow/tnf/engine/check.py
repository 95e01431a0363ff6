"""Faults of an engine that can be told before simulations are made of it."""

from collections.abc import Iterable

from theraflow.config.tnf.engines import AnyEngineConfig, PhysibossConfig
from theraflow.core.errors import UserError
from theraflow.tnf.engine.fingerprint import engine_fingerprint
from theraflow.tnf.model.spheroid import load_configured_model


def check_engine_config(engine: AnyEngineConfig, tumor_radii_um: Iterable[int]) -> None:
    """Refuse an engine that could not simulate the radii, without running it.

    Raises ``UserError`` for a file that is missing or malformed, settings of PhysiBoSS that lack a
    mapped key, and a tumour that reaches the TNF source.
    """
    if isinstance(engine, PhysibossConfig):
        engine_fingerprint(engine)
        return
    source_radius_um = load_configured_model(engine).constants.tnf_field.source_radius_um
    largest_um = max(tumor_radii_um)
    if largest_um >= source_radius_um:
        raise UserError(
            f"tnf: a tumour radius of {largest_um} um reaches the TNF source, which begins at "
            f"{source_radius_um:g} um in {engine.model_file}; give smaller radii"
        )
