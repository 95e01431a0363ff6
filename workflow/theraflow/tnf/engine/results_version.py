"""The version of the embedded engine's results: the same counts for the same seeds, in every one.

An edit of the engine that changes no count, for speed or for something new beside it, shall not
simulate every campaign anew; an edit whose effect nobody has looked at shall. So a version stands
for the code whose counts were compared with the golden ones, and any other code for itself.
"""

from typing import Final

from theraflow.core.fingerprints import source_fingerprint

RESULTS_VERSION: Final = "1"
# Of the code that gives the counts in tests/data/golden_counts.json. Its test prints a new one.
VERIFIED_SOURCE: Final = "1f46f5414015c598"


def embedded_code_identity() -> str:
    """Name the engine's code by the version of its results, or by its own hash if not verified."""
    source = embedded_source()
    return RESULTS_VERSION if source == VERIFIED_SOURCE else source


def embedded_source() -> str:
    """Hash the code of the embedded engine, and of all that it computes with."""
    return source_fingerprint("theraflow.tnf.engine.embedded")
