"""The ground of every config section: closed to unknown keys, a meaning and a unit on each."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Section(BaseModel):
    """A section of the config: immutable, closed to unknown keys."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, protected_namespaces=()
    )


def setting(meaning: str, *, unit: str = "", **constraints: Any) -> Any:
    """Declare a config key; ``constraints`` are those of ``pydantic.Field``."""
    return Field(description=meaning, json_schema_extra={"unit": unit}, **constraints)
