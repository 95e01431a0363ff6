"""Faults of an engine that can be told before simulations are made of it."""

from collections.abc import Iterable

from theraflow.config.tnf.engines import AnyEngineConfig, EngineConfig, PhysibossConfig
from theraflow.core.errors import UserError
from theraflow.core.file_hash import file_sha256
from theraflow.core.files import check_once
from theraflow.core.fingerprints import source_fingerprint
from theraflow.tnf.engine.fingerprint import engine_fingerprint
from theraflow.tnf.engine.model_files import ModelFiles, find_model_files
from theraflow.tnf.engine.physiboss.check import check_settings
from theraflow.tnf.model.constants import load_constants


def check_engine_config(engine: AnyEngineConfig, tumor_radii_um: Iterable[int]) -> None:
    """Refuse an engine that could not simulate the radii, without running it.

    Raises ``UserError`` for a file that is missing or malformed, settings of PhysiBoSS that lack a
    mapped key or that ``check_settings`` refuses, and a tumour that reaches the TNF source or the
    end of the domain.
    """
    largest_um = max(tumor_radii_um)
    if isinstance(engine, PhysibossConfig):
        engine_fingerprint(engine)
        check_settings(engine, largest_um)
        return
    files = find_model_files(engine)
    constants = load_constants(files.constants)
    _check_model_once(engine, files)
    source_um, end_um = constants.tnf_field.source_radius_um, constants.domain.half_width_um
    if largest_um >= source_um:
        limit = f"the TNF source, which begins at {source_um:g} um"
    elif largest_um > end_um:
        limit = f"beyond the domain, which ends {end_um:g} um from its centre"
    else:
        return
    raise UserError(
        f"tnf: a tumour radius of {largest_um} um reaches {limit} in {engine.model_file}; give "
        "smaller radii"
    )


def _check_model_once(engine: EngineConfig, files: ModelFiles) -> None:
    def check() -> None:
        # The grammar of Boolean networks takes as long as all else of a check.
        from theraflow.tnf.model.spheroid import load_configured_model

        load_configured_model(engine)

    decisive = {
        "files": [file_sha256(file) for file in files],
        "code": source_fingerprint("theraflow.tnf.model.spheroid"),
    }
    check_once(decisive, check)
