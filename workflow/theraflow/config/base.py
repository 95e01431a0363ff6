"""The ground of every config section: closed to unknown keys, a meaning and a unit on each."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

_UNIT: Final = "unit"
_NEUTRAL: Final = "neutral"
_NONE_IS_NEUTRAL: Final = object()
_WHOLE_NUMBER: Final = re.compile(r"[+-]?[0-9]+")
_NULL: Final = "null"


def _integral_as_int(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return int(value) if isinstance(value, str) and _WHOLE_NUMBER.fullmatch(value) else value


# 2.0 is the number 2, and so is the text that Snakemake makes of every number within a mapping on
# its command line; true and false are no numbers of things.
WholeNumber = Annotated[int, Field(strict=True), BeforeValidator(_integral_as_int)]


class Section(BaseModel):
    """A section of the config: immutable, closed to unknown keys."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, protected_namespaces=()
    )

    @model_validator(mode="before")
    @classmethod
    def _read_null(cls, content: Any) -> Any:
        """Take ``null`` as YAML does where Snakemake's command line has made text of it."""
        if not isinstance(content, Mapping):
            return content
        return {key: None if value == _NULL else value for key, value in content.items()}

    def identity(self, **selection: Any) -> dict[str, Any]:
        """Return the settings as plain data, for the names of results that they decide.

        Keys at their neutral value are left out (see ``setting``). ``selection`` is ``include`` or
        ``exclude`` of pydantic.
        """
        content: dict[str, Any] = _without_neutral(self, self.model_dump(mode="json", **selection))
        return content


def setting(
    meaning: str, *, unit: str = "", neutral: Any = _NONE_IS_NEUTRAL, **constraints: Any
) -> Any:
    """Declare a config key; ``constraints`` are those of ``pydantic.Field``.

    A key that comes into a section after results were made by it is given its ``neutral`` value:
    the one by which the section does what it did without the key. At this value it is no part of
    any identity, so that the results keep their names; a later change of its default renames them.
    """
    extra: dict[str, Any] = {_UNIT: unit}
    if neutral is not _NONE_IS_NEUTRAL:
        extra[_NEUTRAL] = neutral
    return Field(description=meaning, json_schema_extra=extra, **constraints)


def _without_neutral(value: Any, content: Any) -> Any:
    """Leave keys at their neutral value out of the dumped ``content`` of a value."""
    if isinstance(value, Section):
        return {
            name: _without_neutral(getattr(value, name), content[name])
            for name, field in type(value).model_fields.items()
            if name in content and not _is_neutral(field.json_schema_extra, getattr(value, name))
        }
    if isinstance(value, Mapping):
        return {key: _without_neutral(value[key], content[str(key)]) for key in value}
    if isinstance(value, tuple | list):
        return [_without_neutral(*pair) for pair in zip(value, content, strict=True)]
    return content


def _is_neutral(extra: Any, value: Any) -> bool:
    return isinstance(extra, dict) and _NEUTRAL in extra and extra[_NEUTRAL] == value
