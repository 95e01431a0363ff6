"""The fingerprint of an engine: what decides its results, told without compiling or running it."""

import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from theraflow.config.tnf.engines import AnyEngineConfig, PhysibossConfig
from theraflow.core.errors import UserError
from theraflow.core.identity import content_hash
from theraflow.tnf.engine.model_files import find_model_files
from theraflow.tnf.engine.physiboss.identity import physiboss_fingerprint, physiboss_identity
from theraflow.tnf.engine.results_version import embedded_code_identity

_FILES: Final = frozenset({"model_file", "network_file", "network_config_file"})
_MABOSS_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)


def engine_fingerprint(engine: AnyEngineConfig) -> str:
    """Hash what decides the results of an engine.

    That is the version of the embedded engine's results, model constants, Boolean network and time
    steps; comments and formatting of any of them do not count. Of PhysiBoSS it is what
    ``physiboss_identity`` describes. Raises ``UserError`` for a file that is missing or cannot be
    read.
    """
    if isinstance(engine, PhysibossConfig):
        return physiboss_fingerprint(engine)
    files = find_model_files(engine)
    return content_hash(
        {
            **engine.identity(exclude=_FILES),
            "code": embedded_code_identity(),
            "model": _yaml_content(files.constants),
            "network": _maboss_content(files.network),
            "network_config": _maboss_content(files.network_settings),
        }
    )


def engine_provenance(engine: AnyEngineConfig) -> dict[str, Any]:
    """Describe the engine for the metadata of what it made."""
    origin: dict[str, Any] = {"engine_fingerprint": engine_fingerprint(engine)}
    if isinstance(engine, PhysibossConfig):
        origin["engine_identity"] = physiboss_identity(engine)
    return origin


def _yaml_content(file: Path) -> object:
    try:
        return _parsed(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise UserError(f"{file}: not readable as YAML ({reason}); fix or restore it") from None


# Every rule that simulates asks, and parsing takes longer than all the rest.
@cache
def _parsed(text: str) -> object:
    return yaml.safe_load(text)


def _maboss_content(file: Path) -> str:
    text = _MABOSS_COMMENT.sub(" ", file.read_text(encoding="utf-8"))
    return hashlib.sha256("".join(text.split()).encode()).hexdigest()
