"""The ground of every config section: closed to unknown keys, a meaning and a unit on each."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _integral_as_int(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


# 2.0 is the number 2, but neither text nor true and false pass for a number of things.
WholeNumber = Annotated[int, Field(strict=True), BeforeValidator(_integral_as_int)]


class Section(BaseModel):
    """A section of the config: immutable, closed to unknown keys."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, protected_namespaces=()
    )


def setting(meaning: str, *, unit: str = "", **constraints: Any) -> Any:
    """Declare a config key; ``constraints`` are those of ``pydantic.Field``."""
    return Field(description=meaning, json_schema_extra={"unit": unit}, **constraints)
