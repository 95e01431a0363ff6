"""The files that the settings of PhysiBoSS name, and their private names in a simulation's folder.

A file is named by one element (``bnd_file``, or any text with a slash that leads to a file), or by
a pair of elements ``folder`` and ``filename``, as PhysiCell has it for initial cells and for rules.
What an attribute ``enabled`` switches off, PhysiCell does not read: it is left as it is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from theraflow.core.errors import UserError

INPUT_FOLDER: Final = "input"
_NAMING_ENDINGS: Final = ("file", "filename")


@dataclass(frozen=True)
class _Mention:
    """Where settings name a file, ``text``: in one element, or with the folder in another."""

    text: str
    element: ET.Element
    folder: ET.Element | None
    is_required: bool


def take_inputs(root: ET.Element, folders: Sequence[Path], settings: Path) -> dict[str, Path]:
    """Give the files that settings name their private names; returns the files by these names.

    A relative name is looked up below ``folders``, in their order. Changes the elements of
    ``root``. Raises ``UserError`` where an attribute ``enabled`` asks for a file that is nowhere.
    """
    names: dict[Path, str] = {}
    for mention in sorted(_mentions(root), key=lambda mention: mention.text):
        file = find_input(folders, mention.text)
        if file is not None:
            name = names.setdefault(file, f"{len(names)}_{file.name}")
            if mention.folder is None:
                mention.element.text = f"./{INPUT_FOLDER}/{name}"
            else:
                mention.folder.text, mention.element.text = f"./{INPUT_FOLDER}", name
        elif mention.is_required:
            searched = ", ".join(map(str, folders))
            raise UserError(
                f"{settings}: names the file {mention.text}, which is not below {searched}; put "
                'it there, or write enabled="false"'
            )
    return {name: file for file, name in names.items()}


def find_input(folders: Sequence[Path], text: str) -> Path | None:
    """Find a file below the first of several folders that holds it."""
    candidates = (folder / text for folder in folders)
    return next((path.resolve() for path in candidates if path.is_file()), None)


def _mentions(root: ET.Element) -> Iterator[_Mention]:
    for parent in _enabled(root):
        folder = parent.find("folder")
        for element in parent:
            text = (element.text or "").strip()
            if not text or len(element) or element is folder or not _is_enabled(element):
                continue
            is_required = element.tag == "filename" and "enabled" in parent.attrib
            if folder is not None and element.tag == "filename":
                below = (folder.text or "").strip() or "."
                yield _Mention(f"{below}/{text}", element, folder, is_required)
            elif "/" in text or element.tag.endswith(_NAMING_ENDINGS):
                yield _Mention(text, element, None, is_required)


def _enabled(element: ET.Element) -> Iterator[ET.Element]:
    """Yield an element and all below it that are not switched off."""
    if _is_enabled(element):
        yield element
        for child in element:
            yield from _enabled(child)


def _is_enabled(element: ET.Element) -> bool:
    # PhysiCell's XML library takes for true what begins so.
    return element.get("enabled", "true")[:1] in tuple("1tTyY")
