"""What decides the results of PhysiBoSS: its files by their SHA-256, and how they are used."""

from typing import Any

from theraflow.config.tnf.engines import PhysibossConfig
from theraflow.core.file_hash import file_sha256
from theraflow.core.fingerprints import source_fingerprint
from theraflow.core.identity import content_hash
from theraflow.tnf.engine.physiboss.command import host_executable, image_file
from theraflow.tnf.engine.physiboss.settings import load_settings

_DECIDING_KEYS = {"z_range_um", "threads", "mapping", "phases"}
# Their code writes the settings and counts the cells.
_MODULES = ("theraflow.tnf.engine.physiboss.settings", "theraflow.tnf.engine.physiboss.outputs")


def physiboss_identity(engine: PhysibossConfig) -> dict[str, Any]:
    """Describe program, settings and the files that they name by SHA-256, and how they are used.

    Paths on this machine do not count, so that a copy elsewhere is the same engine. Raises
    ``UserError`` for a file that is missing, or lacks a mapped key.
    """
    settings = load_settings(engine)
    identity: dict[str, Any] = {
        "name": engine.name,
        "dimension": engine.dimension,
        **engine.identity(include=_DECIDING_KEYS),
        "settings_sha256": file_sha256(settings.file),
        "files_sha256": sorted(
            f"{file_sha256(file)}  {file.name}" for file in settings.inputs.values()
        ),
        "random_seed": "the lowest 31 bits of the simulation's seed",
    }
    if engine.container is not None:
        identity["container_sha256"] = file_sha256(image_file(engine))
    if engine.container is None or engine.executable.is_file():
        identity["executable_sha256"] = file_sha256(host_executable(engine))
    else:
        identity["executable_in_container"] = str(engine.executable)
    return identity


def physiboss_fingerprint(engine: PhysibossConfig) -> str:
    """Hash the identity, and the code that writes settings and counts cells."""
    return content_hash({**physiboss_identity(engine), "code": source_fingerprint(*_MODULES)})
