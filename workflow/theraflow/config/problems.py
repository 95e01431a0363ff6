"""From pydantic's errors to lines that name the key, its value and what would be allowed."""

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from theraflow.config.keys import Key, SectionKeys, sections
from theraflow.config.study import StudyConfig

_LONGEST_VALUE = 60

Step = str | int


def describe_problems(error: ValidationError, config: Mapping[str, Any]) -> list[str]:
    """Write one line per fault of ``config``: key, value, allowed range and unit, nearest key."""
    known = sections(StudyConfig)
    faults = error.errors()
    # A list whose items fail is also called too short: the items tell enough.
    innermost = [
        fault for fault in faults if not any(_is_above(fault["loc"], it["loc"]) for it in faults)
    ]
    return [_describe(details, config, known) for details in innermost]


def _is_above(loc: Sequence[Step], other: Sequence[Step]) -> bool:
    return len(loc) < len(other) and other[: len(loc)] == loc


def _describe(details: ErrorDetails, config: Mapping[str, Any], known: list[SectionKeys]) -> str:
    steps = _steps(details["loc"], config)
    value = details["input"]
    fault = _written(steps) + ("" if isinstance(value, Mapping) else f" = {_short(value)}")
    match details["type"]:
        case "extra_forbidden":
            siblings = _section_of(steps, config, known)
            return f"{_written(steps)}: unknown key; {_remedy(steps, siblings, known)}"
        case "union_tag_invalid" | "union_tag_not_found":
            kinds = [str(section.kind) for section in known if section.path == _pattern(steps)]
            return f"{_written(steps)}: its `kind` must be one of {', '.join(kinds)}"
        case "value_error":
            return f"{fault}: {details['ctx']['error']}"
    key = _key_of(steps, config, known)
    if key is None:
        return f"{fault}: {details['msg']}"
    return f"{fault}: allowed: {key.allowed}" + (f"; unit: {key.unit}" if key.unit else "")


def _steps(loc: Sequence[Step], config: Mapping[str, Any]) -> list[Step]:
    """Drop from pydantic's location the ``kind`` that it inserts below an item with variants."""
    steps: list[Step] = []
    value: Any = config
    for step in loc:
        if isinstance(value, Mapping) and step == value.get("kind") and step not in value:
            continue
        steps.append(step)
        value = _below(value, step)
    return steps


def _below(value: Any, step: Step) -> Any:
    if isinstance(value, Mapping):
        return value.get(step)
    if isinstance(value, list | tuple) and isinstance(step, int) and step < len(value):
        return value[step]
    return None


def _written(steps: Sequence[Step]) -> str:
    """Write a location as in ``tnf.designs[0].points``."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return text.lstrip(".") or "the config"


def _pattern(steps: Sequence[Step]) -> str:
    """Write a location as ``SectionKeys.path`` does: ``tnf.designs[]``."""
    return re.sub(r"\[\d+\]", "[]", _written(steps)) if steps else ""


def _section_of(
    steps: Sequence[Step], config: Mapping[str, Any], known: list[SectionKeys]
) -> SectionKeys | None:
    """Find the section that holds the key at ``steps``."""
    value: Any = config
    for step in steps[:-1]:
        value = _below(value, step)
    kind = value.get("kind") if isinstance(value, Mapping) else None
    path = _pattern(steps[:-1])
    return next((each for each in known if each.path == path and each.kind in (None, kind)), None)


def _key_of(
    steps: Sequence[Step], config: Mapping[str, Any], known: list[SectionKeys]
) -> Key | None:
    steps = list(steps)
    while steps and isinstance(steps[-1], int):
        steps.pop()
    section = _section_of(steps, config, known)
    if not steps or section is None:
        return None
    return next((key for key in section.keys if key.name == steps[-1]), None)


def _remedy(steps: Sequence[Step], siblings: SectionKeys | None, known: list[SectionKeys]) -> str:
    name = str(steps[-1])
    here = [key.name for key in siblings.keys] if siblings else []
    near = difflib.get_close_matches(name, here, n=1)
    if near:
        return f"did you mean {near[0]}?"
    paths: dict[str, list[str]] = {}
    for section in known:
        for key in section.keys:
            paths.setdefault(key.name, []).append(f"{section.path}.{key.name}".lstrip("."))
    near = difflib.get_close_matches(name, paths, n=1)
    if near:
        return f"did you mean {' or '.join(dict.fromkeys(paths[near[0]]))}?"
    return f"known here: {', '.join(here)}"


def _short(value: Any) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 3] + "..."
