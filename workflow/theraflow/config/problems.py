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
    steps = _steps(details["loc"], config, known)
    value = details["input"]
    fault = _written(steps) + ("" if isinstance(value, Mapping) else f" = {_short(value)}")
    match details["type"]:
        case "extra_forbidden":
            siblings = _section_of(steps, config, known)
            return f"{_written(steps)}: unknown key{_remedy(steps, siblings, known)}"
        case "invalid_key":
            return f"{_written(steps[:-1])}: the key {_short(value)} is no text; remove or quote it"
        case "union_tag_invalid" | "union_tag_not_found":
            variants = _variants(steps, known)
            kinds = ", ".join(str(section.kind) for section in variants)
            return f"{_written(steps)}: its `{variants[0].tag}` must be one of {kinds}"
        case "value_error":
            return f"{fault}: {details['ctx']['error']}"
    key = _key_of(steps, config, known)
    if details["type"] == "missing" and key is not None:
        return f"{_written(steps)}: missing; give a {key.allowed}: {key.meaning}"
    if key is None:
        return f"{fault}: {details['msg']}"
    return f"{fault}: allowed: {key.allowed}" + (f"; unit: {key.unit}" if key.unit else "")


def _steps(loc: Sequence[Step], config: Mapping[str, Any], known: list[SectionKeys]) -> list[Step]:
    """Drop from pydantic's location the kind that it inserts below a section with variants."""
    steps: list[Step] = []
    value: Any = config
    for step in loc:
        is_key = isinstance(value, Mapping) and step in value
        if not is_key and any(section.kind == step for section in _variants(steps, known)):
            continue
        steps.append(step)
        value = _below(value, step)
    return steps


def _variants(steps: Sequence[Step], known: list[SectionKeys]) -> list[SectionKeys]:
    """List what may be at ``steps``: one section, or the variants of one."""
    return [section for section in known if section.path == _pattern(steps)]


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
    variants = _variants(steps[:-1], known)
    for section in variants:
        kind = value.get(section.tag) if isinstance(value, Mapping) else value
        if kind == section.kind:
            return section
    return variants[0] if variants else None


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
    others = [
        str(variant.kind)
        for variant in _variants(steps[:-1], known)
        if name in (key.name for key in variant.keys)
    ]
    if siblings and others:
        return f" of {siblings.tag}: {siblings.kind}; it belongs to {', '.join(others)}"
    near = difflib.get_close_matches(name, here, n=1)
    if near:
        return f"; did you mean {near[0]}?"
    paths: dict[str, list[str]] = {}
    for section in known:
        for key in section.keys:
            paths.setdefault(key.name, []).append(f"{section.path}.{key.name}".lstrip("."))
    near = difflib.get_close_matches(name, paths, n=1)
    if near:
        return f"; did you mean {' or '.join(dict.fromkeys(paths[near[0]]))}?"
    return f"; known here: {', '.join(here)}"


def _short(value: Any) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 3] + "..."
