"""COPASI's own loop as a method of search, told without loading COPASI."""

from typing import Final

from theraflow.config.base import Section, setting
from theraflow.search.methods.method import Method, Objectives


class CopasiSettings(Section):
    """A method of COPASI with its settings, which are checked by ``check_method``."""

    method: str = setting("name of the method in COPASI", min_length=1)
    settings: dict[str, bool | int | float] = setting(
        "settings by their names in COPASI", default_factory=dict
    )


COPASI_METHOD: Final = Method(
    "copasi",
    "a method of COPASI in its own loop",
    "python-copasi",
    Objectives.ONE,
    CopasiSettings,
    None,
)
