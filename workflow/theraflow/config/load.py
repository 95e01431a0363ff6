"""From YAML files, or from the mapping that Snakemake merged, to a checked config."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from theraflow.config.problems import describe_problems
from theraflow.config.study import StudyConfig
from theraflow.config.tnf.engines import EngineConfig
from theraflow.core.errors import UserError
from theraflow.core.files import find_file


class ConfigError(UserError):
    """The config has faults; the message lists all of them, one per line."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        if len(problems) == 1:
            super().__init__(f"config: {problems[0]}")
        else:
            lines = "".join(f"\n  {problem}" for problem in problems)
            super().__init__(f"the config has {len(problems)} errors:{lines}")


def load_study(*layers: Mapping[str, Any] | Path | str) -> StudyConfig:
    """Check a config made of layers: each is a mapping or a YAML file, laid over the ones before.

    Mappings merge key by key, lists and scalars are replaced, as Snakemake does with several
    ``--configfile``. Raises ``ConfigError`` with every fault at once.
    """
    merged: dict[str, Any] = {}
    for layer in layers:
        merged = _overlay(merged, layer if isinstance(layer, Mapping) else _read(Path(layer)))
    try:
        study = StudyConfig.model_validate(merged)
    except ValidationError as error:
        problems = describe_problems(error, merged)
        raise ConfigError([*problems, *_missing_files(merged)]) from None
    missing = _missing_files(merged)
    if missing:
        raise ConfigError(missing)
    return study


def _overlay(base: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in above.items():
        below = merged.get(key)
        if isinstance(value, Mapping) and isinstance(below, Mapping):
            merged[key] = _overlay(below, value)
        else:
            merged[key] = value
    return merged


def _read(path: Path) -> Mapping[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError([f"cannot read {path}: {error.strerror}"]) from None
    except UnicodeDecodeError:
        raise ConfigError([f"{path} is not UTF-8 text: give a YAML file"]) from None
    except yaml.YAMLError as error:
        raise ConfigError([f"{path} is not valid YAML: {' '.join(str(error).split())}"]) from None
    if content is None:
        return {}
    if not isinstance(content, Mapping):
        raise ConfigError([f"{path} holds no mapping: write keys and values, as in `tnf: ...`"])
    return content


def _missing_files(config: Mapping[str, Any]) -> list[str]:
    """Look for the embedded engine's files; ``config`` may have faults elsewhere."""
    engine: Any = config
    for section in ("tnf", "engine"):
        engine = engine.get(section, {}) if isinstance(engine, Mapping) else {}
    given = engine if isinstance(engine, Mapping) else {}
    if "physiboss" in (engine, given.get("name")):
        return []
    missing = []
    for name, field in EngineConfig.model_fields.items():
        path = given.get(name, field.default)
        if field.annotation is Path and isinstance(path, str | Path):
            try:
                find_file(path, field.description or name)
            except UserError as error:
                missing.append(f"tnf.engine.{name} = {error}")
    return missing
