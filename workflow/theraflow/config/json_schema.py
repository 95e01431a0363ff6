"""The JSON schema of the config, ``config/schema.json``, by which editors check and complete."""

import json
from collections.abc import Mapping
from typing import Any, Final

from theraflow.config.study import StudyConfig

# Words of pydantic: of a bound of what a validator sees first, and of variants.
_WORDS: Final[Mapping[str, str]] = {
    "oneOf": "anyOf",
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
}
# Of a mapping below these, the keys are names and no words of JSON schema.
_NAMES: Final = ("properties", "$defs")
# A file may be an overlay of another, so that no key is required and any variant may be in part.
_LEFT_OUT: Final = ("title", "neutral", "unit", "required", "discriminator")


def config_schema() -> str:
    """Write the schema of one config file as JSON, with the unit of a key in its description.

    It knows types, ranges and names. What depends on several keys, or on several files that are
    laid over each other, is left to ``load_study``.
    """
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "config of theraflow",
        **_for_editors(StudyConfig.model_json_schema()),
    }
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def _for_editors(schema: Any) -> Any:
    """Turn a schema of pydantic, or a part of one, into what editors understand."""
    if isinstance(schema, list):
        return [_for_editors(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    told: dict[str, Any] = {}
    for word, content in schema.items():
        if word in _NAMES:
            told[word] = {name: _for_editors(part) for name, part in content.items()}
        elif word == "default" and isinstance(content, Mapping):
            continue  # The defaults of a section stand at its keys.
        elif word not in _LEFT_OUT:
            told[_WORDS.get(word, word)] = _for_editors(content)
    if schema.get("unit"):
        told["description"] = f"{schema['description']} [{schema['unit']}]"
    return told
