"""The section of a study that says what was asked."""

from collections.abc import Sequence

from theraflow.report.page.blocks import Facts, Missing, Section, Text

_UNKNOWN = Missing(
    "Not known: the config of this campaign. Give it with `theraflow report --config FILE`."
)


def question(
    study: str, opening: str, facts: Sequence[tuple[str, str | tuple[str, ...]]] | None
) -> Section:
    """Tell what a study asked; ``facts`` are None where its config is not known."""
    told = _UNKNOWN if facts is None else Facts(tuple(facts))
    return Section(f"{study}-asked", "What was asked", (Text(opening), told))
