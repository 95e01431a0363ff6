"""What was read of source files, remembered: every start of the workflow asks for the same ones."""

import contextlib
import hashlib
import json
from functools import cached_property
from pathlib import Path
from typing import Final

from theraflow.core.files import remember_text, user_cache_file
from theraflow.core.source import syntax
from theraflow.core.source.syntax import SourceFacts, read_source

# Some twenty checkouts; of more, the files that were read first are forgotten.
_MOST_REMEMBERED: Final = 8192


class SourceMemory:
    """Facts of sources by the SHA-256 of their text, kept in the user's cache folder.

    Whatever is wrong with the file, the sources are read again: it can cost time, but no result.
    """

    def __init__(self) -> None:
        self._has_news = False

    def facts(self, source: bytes) -> SourceFacts:
        """Return what counts of a source, read now if it was never read before."""
        key = hashlib.sha256(source).hexdigest()
        if key not in self._known:
            self._known[key] = read_source(source.decode())
            self._has_news = True
        return self._known[key]

    def keep(self) -> None:
        """Write down what is new."""
        if not self._has_news:
            return
        self._has_news = False
        kept = list(self._known.items())[-_MOST_REMEMBERED:]
        content = {key: [facts.code_hash, *facts.imports] for key, facts in kept}
        remember_text(self._file, json.dumps(content))

    @cached_property
    def _file(self) -> Path:
        """Another reader may see other facts in the same source, so each has a file of its own."""
        reader = hashlib.sha256(Path(syntax.__file__).read_bytes()).hexdigest()
        return user_cache_file("sources", f"{reader[:16]}.json")

    @cached_property
    def _known(self) -> dict[str, SourceFacts]:
        with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):
            content = json.loads(self._file.read_text(encoding="utf-8"))
            return {
                str(key): SourceFacts(str(code_hash), tuple(map(str, imports)))
                for key, (code_hash, *imports) in content.items()
            }
        return {}
