"""The results folder of a campaign, finished or not: what is there is read, the rest is missing."""

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import pandas as pd

from theraflow.config.load import load_study
from theraflow.config.study import StudyConfig
from theraflow.core.errors import UserError
from theraflow.core.parquet import read_frames
from theraflow.report.page.noted_config import CONFIG_NAME
from theraflow.work.accounting import campaign_cost

_JOINED_DATASET: Final = "tnf/dataset.parquet"


class Results:
    """A folder of results, and the config of the study that fills it.

    ``study`` is None where no config is known. ``unreadable`` collects what files are damaged, each
    once, as they are met.
    """

    def __init__(self, folder: Path, study: StudyConfig | None) -> None:
        """Open a folder; raises ``UserError`` where there is none."""
        if not folder.is_dir():
            raise UserError(f"{folder}: no such folder; give the folder of results of a campaign")
        self.folder = folder
        self.study = study
        self.unreadable: list[str] = []

    @property
    def campaign(self) -> Path | None:
        """The working directory of the campaign; None where the folder has another name."""
        folder = self.folder.resolve()
        return folder.parent if folder.name == "results" else None

    @property
    def folder_in_commands(self) -> str:
        """The folder as commands name it that are typed in the campaign's working directory."""
        return str(self.folder) if self.campaign is None else self.folder.resolve().name

    @cached_property
    def cost(self) -> pd.DataFrame | None:
        """What the campaign has cost, as ``campaign_cost`` tells it; None without benchmarks."""
        try:
            return campaign_cost(self.campaign or self.folder)
        except UserError:
            return None

    def has(self, path: str) -> bool:
        """Tell whether there is a file, by its path below the folder."""
        return (self.folder / path).is_file()

    def table(self, path: str) -> pd.DataFrame | None:
        """Read a table (Parquet or CSV); None where it is missing or damaged."""
        file = self.folder / path
        if not file.is_file():
            return None
        try:
            if file.suffix == ".csv":
                return pd.read_csv(file)
            return read_frames([file])
        except (UserError, ValueError) as error:
            self.note_damage(path, error)
            return None

    def trajectory_tables(self) -> list[str]:
        """Name the tables that hold the data set, by the way in which the config stores it.

        Without a config, or the joined table, they are those of the radii, or else of the blocks.
        """
        stored = "joined" if self.study is None else self.study.tnf.dataset_tables
        if stored == "joined" and self.has(_JOINED_DATASET):
            return [_JOINED_DATASET]
        of_radii = [] if stored == "blocks" else self._trajectory_files("tnf/dataset/*")
        of_designs = of_radii or self._trajectory_files("tnf/dataset/*/*")
        return [*of_designs, *self._trajectory_files("tnf/active/batches/*")]

    def _trajectory_files(self, pattern: str) -> list[str]:
        return [
            file.relative_to(self.folder).as_posix()
            for file in self.files(f"{pattern}.parquet")
            if not file.name.endswith(".ledger.parquet")
        ]

    def note_damage(self, path: str, error: Exception) -> None:
        """Collect a file that cannot be read; many parts of the page may have tried."""
        damage = f"{path}: {' '.join(str(error).split())}"
        if damage not in self.unreadable:
            self.unreadable.append(damage)

    def tables(self, paths: Sequence[str]) -> pd.DataFrame | None:
        """Read the tables that are there and join them; None where none is."""
        found = [table for path in paths if (table := self.table(path)) is not None]
        return pd.concat(found, ignore_index=True) if found else None

    def document(self, path: str) -> dict[str, Any] | None:
        """Read a JSON file; None where it is missing or damaged."""
        file = self.folder / path
        if not file.is_file():
            return None
        try:
            content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        except ValueError as error:
            self.note_damage(path, error)
            return None
        return content

    def files(self, pattern: str) -> list[Path]:
        """List the files below the folder that fit a pattern, in order."""
        return sorted(self.folder.glob(pattern))


def open_results(folder: Path, config_files: Sequence[Path]) -> Results:
    """Open a folder of results with the config of these files, else with the one noted there."""
    noted = folder / CONFIG_NAME
    if config_files:
        return Results(folder, load_study(*config_files))
    if noted.is_file():
        return Results(folder, load_study(noted))
    return Results(folder, None)
