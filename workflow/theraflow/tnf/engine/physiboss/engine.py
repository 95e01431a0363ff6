"""PhysiBoSS behind the interface that all simulators share."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from theraflow.config.tnf.engines import PhysibossConfig
from theraflow.core.errors import UserError
from theraflow.core.files import atomic_path
from theraflow.tnf.engine.physiboss.causes import full_disk, is_full_disk, with_cause
from theraflow.tnf.engine.physiboss.command import program_command, program_environment
from theraflow.tnf.engine.physiboss.outputs import read_counts
from theraflow.tnf.engine.physiboss.private_folders import private_folder, remove_abandoned
from theraflow.tnf.engine.physiboss.program import run_program
from theraflow.tnf.engine.physiboss.settings import OUTPUT_FOLDER, Settings, simulation_changes
from theraflow.tnf.simulation import (
    OUTPUT_INTERVAL_MIN,
    Simulation,
    output_times_min,
    simulation_id,
)
from theraflow.work.status import AttemptError, Status

log = logging.getLogger(__name__)

_STANDARD_OUTPUT: Final = "standard_output.txt"
_KEPT_BYTES: Final = 2**20
_SECONDS_PER_MINUTE: Final = 60


@dataclass(frozen=True)
class PhysibossEngine:
    """The user's PhysiBoSS and its settings; see ``theraflow.tnf.engine.interface.Engine``."""

    config: PhysibossConfig
    settings: Settings
    fingerprint: str

    @property
    def label(self) -> str:
        """Name, dimension of space and fingerprint."""
        return f"physiboss {self.config.dimension}D {self.fingerprint}"

    def warm_up(self) -> None:
        """Remove the private folders that a killed process has left; nothing is compiled."""
        removed = remove_abandoned(self.config.scratch_folder)
        if removed:
            log.info("removed %d private folders that killed processes had left", removed)

    def simulate(self, simulation: Simulation) -> NDArray[np.int64]:
        """Run one simulation; returns counts of shape (hours + 1, 3).

        Raises ``AttemptError`` with the class of a failure; its reason names the file where the
        program's output is kept.
        """
        horizon_min = simulation.horizon_min
        return self._run(simulation, horizon_min, output_times_min(horizon_min).tolist())

    def simulate_start(self, simulation: Simulation) -> NDArray[np.int64]:
        """Run the first two minutes only; returns counts of shape (1, 3), and raises the same."""
        return self._run(simulation, 2, [0])

    def _run(
        self, simulation: Simulation, simulated_min: int, times_min: Sequence[int]
    ) -> NDArray[np.int64]:
        with private_folder(self.config.scratch_folder, keep=self.config.keep_folders) as folder:
            try:
                return self._run_in(folder, simulation, simulated_min, times_min)
            except AttemptError as error:
                failure = with_cause(error, folder, folder / _STANDARD_OUTPUT)
            except OSError as error:
                if not is_full_disk(error):
                    raise
                failure = AttemptError(Status.FAILED, full_disk(folder))
            kept = self._keep_output(folder / _STANDARD_OUTPUT, simulation)
            raise AttemptError(failure.status, f"{failure.reason}; {kept}")

    def _run_in(
        self, folder: Path, simulation: Simulation, simulated_min: int, times_min: Sequence[int]
    ) -> NDArray[np.int64]:
        settings_file = self.settings.prepare(
            folder,
            simulation_changes(self.config, simulation, simulated_min, OUTPUT_INTERVAL_MIN),
        )
        run_program(
            program_command(self.config, folder, settings_file),
            folder,
            folder / _STANDARD_OUTPUT,
            self.config.time_limit_min * _SECONDS_PER_MINUTE,
            program_environment(self.config),
        )
        return read_counts(folder / OUTPUT_FOLDER, times_min, self.config.phases)

    def _keep_output(self, output_file: Path, simulation: Simulation) -> str:
        """Keep the end of the program's output where logs are, and say where it is."""
        kept = self.config.log_folder / f"{simulation_id(simulation, self.fingerprint)}.txt"
        content = b""
        if output_file.exists():
            with output_file.open("rb") as output:
                output.seek(max(0, output_file.stat().st_size - _KEPT_BYTES))
                content = output.read()
        try:
            with atomic_path(kept) as temporary:
                temporary.write_bytes(content)
        # Logs may lie on the disk that is full: the reason counts more than the words behind it.
        except (UserError, OSError) as error:
            return f"its output could not be kept ({error})"
        return f"output in {kept}"
