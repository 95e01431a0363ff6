"""The keys of the config, read from the models: for its documentation and its error messages."""

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
from pydantic.fields import FieldInfo

from theraflow.config.base import Section

_SCALARS = {int: "whole number", float: "number", bool: "true or false", str: "text", Path: "path"}


@dataclass(frozen=True)
class Key:
    """One key: ``allowed`` joins its type and range, in words."""

    name: str
    allowed: str
    unit: str
    default: Any
    meaning: str


@dataclass(frozen=True)
class SectionKeys:
    """The keys of one section.

    Items of lists and mappings are written ``[]``. Of a section with variants, the value ``kind``
    of the key ``tag`` tells them apart.
    """

    path: str
    tag: str | None
    kind: str | None
    meaning: str
    keys: tuple[Key, ...]


def sections(model: type[Section], path: str = "") -> list[SectionKeys]:
    """List a section and all below it, in the order of the models."""
    keys = [_key(name, field) for name, field in model.model_fields.items()]
    tag = _tag(model)
    keys.sort(key=lambda key: key.name != tag)
    kind = None if tag is None else str(model.model_fields[tag].default)
    found = [SectionKeys(path, tag, kind, _first_paragraph(model), tuple(keys))]
    for name, field in model.model_fields.items():
        below = f"{path}.{name}" if path else name
        for section, is_item in _nested_sections(field.annotation):
            found += sections(section, below + ("[]" if is_item else ""))
    return found


def _key(name: str, field: FieldInfo) -> Key:
    extra = field.json_schema_extra
    return Key(
        name=name,
        allowed=_in_words(field.annotation, field.metadata),
        unit=str(extra.get("unit", "")) if isinstance(extra, dict) else "",
        default=field.get_default(call_default_factory=True, validated_data={}),
        meaning=field.description or "",
    )


def _first_paragraph(model: type[Section]) -> str:
    return (inspect.getdoc(model) or "").split("\n\n")[0].replace("\n", " ")


def _tag(model: type[Section]) -> str | None:
    """Find the key that names a variant: the one that can have only one value."""
    for name, field in model.model_fields.items():
        if get_origin(field.annotation) is Literal and len(get_args(field.annotation)) == 1:
            return name
    return None


def _nested_sections(
    annotation: Any, is_item: bool = False
) -> Iterator[tuple[type[Section], bool]]:
    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield annotation, is_item
    origin = get_origin(annotation)
    for argument in get_args(annotation) if origin is not Literal else ():
        yield from _nested_sections(argument, is_item or origin in (list, tuple, dict))


def _in_words(annotation: Any, constraints: list[Any]) -> str:
    """Say in words what a value may be; raises ``TypeError`` for a type that has no words yet."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _in_words(arguments[0], [*_flat(arguments[1:]), *constraints])
    if annotation in _SCALARS:
        return " ".join(filter(None, (_SCALARS[annotation], _range_in_words(constraints))))
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return "section"
    if origin is Literal:
        return f"{'one of ' if len(arguments) > 1 else ''}{', '.join(map(str, arguments))}"
    if origin in (Union, UnionType):
        words = ("null" if part is NoneType else _in_words(part, constraints) for part in arguments)
        return " or ".join(dict.fromkeys(words))
    if origin is tuple and Ellipsis not in arguments:
        return f"[low, high], each a {_in_words(arguments[0], [])}"
    if origin in (list, tuple):
        count = "".join(
            f" (at least {constraint.min_length})"
            for constraint in constraints
            if isinstance(constraint, annotated_types.MinLen)
        )
        return f"list{count}, each item: {_in_words(arguments[0], [])}"
    if origin is dict:
        return f"mapping of names, each value: {_in_words(arguments[1], [])}"
    raise TypeError(f"no words for the type {annotation}")


def _flat(metadata: tuple[Any, ...]) -> Iterator[Any]:
    for item in metadata:
        yield from item.metadata if isinstance(item, FieldInfo) else (item,)


def _range_in_words(constraints: list[Any]) -> str:
    multiple = low = high = ""
    for constraint in constraints:
        match constraint:
            case annotated_types.Ge(ge=bound):
                low = f">= {bound}"
            case annotated_types.Gt(gt=bound):
                low = f"> {bound}"
            case annotated_types.Le(le=bound):
                high = f"<= {bound}"
            case annotated_types.Lt(lt=bound):
                high = f"< {bound}"
            case annotated_types.MultipleOf(multiple_of=step):
                multiple = f"in steps of {step}"
    return ", ".join(filter(None, (" and ".join(filter(None, (low, high))), multiple)))
