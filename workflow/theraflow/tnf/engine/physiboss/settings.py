"""The settings file of PhysiBoSS: what a study finds in it, and the copy that a simulation gets."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from theraflow.config.tnf.engines import PhysibossConfig, SettingsMapping
from theraflow.core.errors import UserError
from theraflow.core.files import find_file
from theraflow.tnf.engine.physiboss.inputs import INPUT_FOLDER, find_input, take_inputs
from theraflow.tnf.engine.physiboss.xml_text import parse_xml
from theraflow.tnf.simulation import Simulation

# The program reads its seed as a signed 32-bit number.
SEED_LIMIT: Final = 2**31
OUTPUT_FOLDER: Final = "output"
_SETTINGS_NAME: Final = "PhysiCell_settings.xml"

_NETWORK_KEYS: Final = ("network_file", "network_config_file")
# Elements that some versions of the program do without.
_OPTIONAL_KEYS: Final = frozenset({"drawing_enabled", *_NETWORK_KEYS})


@dataclass(frozen=True)
class Settings:
    """A settings file with the files that it names.

    ``text`` has all that simulations share; ``inputs`` are the files to read, by the names that
    they have there, in the input folder.
    """

    file: Path
    text: str
    inputs: Mapping[str, Path]

    def prepare(self, folder: Path, changes: Mapping[str, str]) -> Path:
        """Fill a simulation's private folder, and return its settings file.

        ``changes`` are new texts of elements, by path. The files that the settings name are copied,
        so that nothing outside the folder is needed.
        """
        root = parse_xml(self.text)
        _set_texts(root, changes)
        (folder / OUTPUT_FOLDER).mkdir()
        (folder / INPUT_FOLDER).mkdir()
        for name, file in self.inputs.items():
            shutil.copyfile(file, folder / INPUT_FOLDER / name)
        target = folder / _SETTINGS_NAME
        ET.ElementTree(root).write(target, encoding="utf-8", xml_declaration=True)
        return target


def load_settings(engine: PhysibossConfig) -> Settings:
    """Read the settings file and find the files that it names.

    A relative name is looked up below the folder of the program, that of the settings, the one
    above it, and the working directory. Raises ``UserError`` that lists all mapped elements that
    the file lacks, for two keys that set one element, for a file that is no XML, and for a network
    or an enabled file that is nowhere.
    """
    file = find_file(engine.settings, "settings of PhysiBoSS")
    try:
        root = parse_xml(file.read_bytes())
    except ET.ParseError as error:
        raise UserError(f"{file}: no valid XML ({error}); give PhysiCell's settings file") from None
    _check_mapping(root, engine, file)
    _set_texts(root, _shared_changes(root, engine, file))
    folders = _project_folders(engine, file)
    _locate_network(root, engine, file, folders)
    inputs = take_inputs(root, folders, file)
    return Settings(file, ET.tostring(root, encoding="unicode"), inputs)


def simulation_changes(
    engine: PhysibossConfig, simulation: Simulation, simulated_min: int, output_interval_min: int
) -> dict[str, str]:
    """Return the texts of elements, by path, that make the settings those of one simulation."""
    point = simulation.point
    texts = {
        "tumor_radius": str(point.tumor_radius_um),
        "pulse_period": str(point.pulse_period_min),
        "pulse_duration": str(point.pulse_duration_min),
        "tnf_concentration": repr(point.tnf_concentration),
        "random_seed": str(program_seed(simulation.seed)),
        "simulated_time": str(simulated_min),
        "output_interval": str(output_interval_min),
    }
    return _by_path(engine.mapping, texts)


def program_seed(seed: int) -> int:
    """Derive the program's seed from that of a simulation: its lowest 31 bits."""
    return seed % SEED_LIMIT


def _check_mapping(root: ET.Element, engine: PhysibossConfig, file: Path) -> None:
    missing = []
    key_of: dict[int, str] = {}
    for key, paths in _paths_by_key(engine.mapping).items():
        is_given = key in _NETWORK_KEYS and getattr(engine, key) is not None
        for path in paths:
            elements = _find_elements(root, path, key)
            if not elements and (is_given or key not in _OPTIONAL_KEYS):
                missing.append(f"{path} (tnf.engine.mapping.{key})")
            for element in elements:
                other = key_of.setdefault(id(element), key)
                if other != key:
                    raise UserError(
                        f"tnf.engine.mapping: {other} and {key} both set {path} of {file}; give "
                        "each an element of its own"
                    )
    if missing:
        raise UserError(
            f"{file}: lacks {', '.join(missing)}; add the elements, or give their paths in "
            "tnf.engine.mapping"
        )


def _find_elements(root: ET.Element, path: str, key: str) -> list[ET.Element]:
    try:
        return root.findall(path)
    # For text that is no path, the XML library raises one of several errors.
    except Exception:
        raise UserError(
            f"tnf.engine.mapping.{key} = {path}: no path of an XML element; write it like "
            "user_parameters/random_seed"
        ) from None


def _paths_by_key(mapping: SettingsMapping) -> dict[str, tuple[str, ...]]:
    return {key: getattr(mapping, key) for key in SettingsMapping.model_fields}


def _by_path(mapping: SettingsMapping, texts: Mapping[str, str]) -> dict[str, str]:
    """Give the texts of mapped keys to the paths of their elements."""
    paths = _paths_by_key(mapping)
    return {path: text for key, text in texts.items() for path in paths[key]}


def _shared_changes(root: ET.Element, engine: PhysibossConfig, file: Path) -> dict[str, str]:
    low_um, high_um = engine.z_range_um or _default_z_range_um(root, engine, file)
    texts = {
        "output_folder": OUTPUT_FOLDER,
        "output_enabled": "true",
        "drawing_enabled": "false",
        "threads": str(engine.threads),
        "use_2d": "true" if engine.dimension == 2 else "false",
        "lowest_z": f"{low_um:g}",
        "highest_z": f"{high_um:g}",
    }
    for key in _NETWORK_KEYS:
        given: Path | None = getattr(engine, key)
        if given is not None:
            texts[key] = str(find_file(given, "Boolean network").resolve())
    return _by_path(engine.mapping, texts)


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
            f"{file}: {path} = {text!r} is no number; fix it, or give tnf.engine.z_range_um"
        ) from None


def _locate_network(
    root: ET.Element, engine: PhysibossConfig, file: Path, folders: Sequence[Path]
) -> None:
    """Name the network by the full path of its files."""
    for key in _NETWORK_KEYS:
        for path in _paths_by_key(engine.mapping)[key]:
            for element in root.findall(path):
                text = (element.text or "").strip()
                if not text:
                    continue
                found = find_input(folders, text)
                if found is None:
                    searched = ", ".join(str(folder) for folder in folders)
                    raise UserError(
                        f"{file}: {path} = {text}: no such file below {searched}; give "
                        f"tnf.engine.{key}"
                    )
                element.text = str(found)


def _project_folders(engine: PhysibossConfig, file: Path) -> list[Path]:
    """List the folders in which the program may be meant to be started."""
    folders = [engine.executable.parent.resolve()] if engine.executable.is_file() else []
    settings_folder = file.parent.resolve()
    folders += [settings_folder, settings_folder.parent, Path.cwd()]
    return list(dict.fromkeys(folders))


def _set_texts(root: ET.Element, changes: Mapping[str, str]) -> None:
    for path, text in changes.items():
        for element in root.findall(path):
            element.text = text
