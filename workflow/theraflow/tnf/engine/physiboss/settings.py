"""The settings file of PhysiBoSS: what a study finds in it, and the copy that a simulation gets."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from theraflow.config.tnf.engines import PhysibossConfig
from theraflow.core.errors import UserError
from theraflow.core.files import find_file
from theraflow.tnf.engine.physiboss.xml_text import parse_xml
from theraflow.tnf.simulation import Simulation

# The program reads its seed as a signed 32-bit number.
SEED_LIMIT: Final = 2**31
OUTPUT_FOLDER: Final = "output"
_INPUT_FOLDER: Final = "input"
_SETTINGS_NAME: Final = "PhysiCell_settings.xml"

_NETWORK_KEYS: Final = ("network_file", "network_config_file")
# Elements that some versions of the program do without.
_OPTIONAL_KEYS: Final = frozenset({"drawing_enabled", *_NETWORK_KEYS})


@dataclass(frozen=True)
class Settings:
    """A settings file with the files that it names.

    ``text`` has all that simulations share; ``named_files`` are files to read, by the text that
    names them there.
    """

    file: Path
    text: str
    named_files: Mapping[str, Path]

    def prepare(self, folder: Path, changes: Mapping[str, str]) -> Path:
        """Fill a simulation's private folder, and return its settings file.

        ``changes`` are new texts of elements, by path. The files that the settings name are copied,
        so that nothing outside the folder is needed.
        """
        root = parse_xml(self.text)
        for path, text in changes.items():
            _set_text(root, path, text)
        (folder / OUTPUT_FOLDER).mkdir()
        (folder / _INPUT_FOLDER).mkdir()
        for number, (text, file) in enumerate(self.named_files.items()):
            private = f"./{_INPUT_FOLDER}/{number}_{file.name}"
            shutil.copyfile(file, folder / private)
            for element in _leaves(root):
                if element.text is not None and element.text.strip() == text:
                    element.text = private
        target = folder / _SETTINGS_NAME
        ET.ElementTree(root).write(target, encoding="utf-8", xml_declaration=True)
        return target


def load_settings(engine: PhysibossConfig) -> Settings:
    """Read the settings file and find the files that it names.

    A relative name is looked up below the folder of the program, that of the settings, the one
    above it, and the working directory. Raises ``UserError`` that lists all mapped elements that
    the file lacks, for a file that is no XML, and for a network that is nowhere.
    """
    file = find_file(engine.settings, "settings of PhysiBoSS")
    try:
        root = parse_xml(file.read_bytes())
    except ET.ParseError as error:
        raise UserError(f"{file}: no valid XML ({error}); give PhysiCell's settings file") from None
    _check_mapping(root, engine, file)
    for path, text in _shared_changes(root, engine, file).items():
        _set_text(root, path, text)
    named_files = _named_files(root, engine, file)
    return Settings(file, ET.tostring(root, encoding="unicode"), named_files)


def simulation_changes(
    engine: PhysibossConfig, simulation: Simulation, simulated_min: int, output_interval_min: int
) -> dict[str, str]:
    """Return the texts of elements, by path, that make the settings those of one simulation."""
    point, at = simulation.point, engine.mapping
    return {
        at.tumor_radius: str(point.tumor_radius_um),
        at.pulse_period: str(point.pulse_period_min),
        at.pulse_duration: str(point.pulse_duration_min),
        at.tnf_concentration: repr(point.tnf_concentration),
        at.random_seed: str(program_seed(simulation.seed)),
        at.simulated_time: str(simulated_min),
        at.output_interval: str(output_interval_min),
    }


def program_seed(seed: int) -> int:
    """Derive the program's seed from that of a simulation: its lowest 31 bits."""
    return seed % SEED_LIMIT


def _check_mapping(root: ET.Element, engine: PhysibossConfig, file: Path) -> None:
    missing = []
    for key, path in engine.mapping.model_dump().items():
        try:
            is_present = root.find(path) is not None
        # For text that is no path, the XML library raises one of several errors.
        except Exception:
            raise UserError(
                f"tnf.engine.mapping.{key} = {path}: no path of an XML element; write it like "
                "user_parameters/random_seed"
            ) from None
        is_given = key in _NETWORK_KEYS and getattr(engine, key) is not None
        if not is_present and (is_given or key not in _OPTIONAL_KEYS):
            missing.append(f"{path} (tnf.engine.mapping.{key})")
    if missing:
        raise UserError(
            f"{file}: lacks {', '.join(missing)}; add the elements, or give their paths in "
            "tnf.engine.mapping"
        )


def _shared_changes(root: ET.Element, engine: PhysibossConfig, file: Path) -> dict[str, str]:
    at = engine.mapping
    low_um, high_um = engine.z_range_um or _default_z_range_um(root, engine, file)
    changes = {
        at.output_folder: OUTPUT_FOLDER,
        at.output_enabled: "true",
        at.drawing_enabled: "false",
        at.threads: str(engine.threads),
        at.use_2d: "true" if engine.dimension == 2 else "false",
        at.lowest_z: f"{low_um:g}",
        at.highest_z: f"{high_um:g}",
    }
    for key in _NETWORK_KEYS:
        given: Path | None = getattr(engine, key)
        if given is not None:
            changes[getattr(at, key)] = str(find_file(given, "Boolean network").resolve())
    return changes


def _default_z_range_um(
    root: ET.Element, engine: PhysibossConfig, file: Path
) -> tuple[float, float]:
    if engine.dimension == 3:
        return _number(root, "domain/y_min", file), _number(root, "domain/y_max", file)
    half_um = _number(root, "domain/dz", file) / 2
    return -half_um, half_um


def _number(root: ET.Element, path: str, file: Path) -> float:
    text = root.findtext(path, "")
    try:
        return float(text)
    except ValueError:
        raise UserError(
            f"{file}: {path} = {text!r} is no number; mend it, or give tnf.engine.z_range_um"
        ) from None


def _named_files(root: ET.Element, engine: PhysibossConfig, file: Path) -> dict[str, Path]:
    """Find the files to read: the network, and whatever else the settings name that exists."""
    folders = _project_folders(engine, file)
    texts = {(element.text or "").strip() for element in _leaves(root)}
    found = {text: _find_in(folders, text) for text in texts if "/" in text}
    for key in _NETWORK_KEYS:
        path = getattr(engine.mapping, key)
        text = root.findtext(path, "").strip()
        if text:
            found[text] = _find_in(folders, text)
            if found[text] is None:
                searched = ", ".join(str(folder) for folder in folders)
                raise UserError(
                    f"{file}: {path} = {text}: no such file below {searched}; give tnf.engine.{key}"
                )
    return {text: named for text, named in sorted(found.items()) if named is not None}


def _project_folders(engine: PhysibossConfig, file: Path) -> list[Path]:
    """List the folders in which the program may be meant to be started."""
    folders = [engine.executable.parent.resolve()] if engine.executable.is_file() else []
    settings_folder = file.parent.resolve()
    folders += [settings_folder, settings_folder.parent, Path.cwd()]
    return list(dict.fromkeys(folders))


def _find_in(folders: list[Path], text: str) -> Path | None:
    candidates = (folder / text for folder in folders)
    return next((path.resolve() for path in candidates if path.is_file()), None)


def _set_text(root: ET.Element, path: str, text: str) -> None:
    element = root.find(path)
    if element is not None:
        element.text = text


def _leaves(root: ET.Element) -> list[ET.Element]:
    return [element for element in root.iter() if not len(element)]
