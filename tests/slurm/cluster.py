"""A throw-away Slurm on this machine, and Snakemake as people run it there."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from theraflow.core.files import REPOSITORY

LOCAL_SLURM = REPOSITORY.parent / "shared" / "slurm" / "local-slurm"
SNAKEMAKE = Path(sys.executable).with_name("snakemake")
# A cluster in one machine answers sooner than the profile expects; kept logs tell the jobs.
IN_ONE_MACHINE = (
    *("--slurm-init-seconds-before-status-checks", "2", "--latency-wait", "10"),
    "--slurm-keep-successful-logs",
)
# No test depends on how fast anything is; this only ends one that would wait for ever.
PATIENCE_S = 600


def missing() -> str:
    """Say what keeps the tests from running here; nothing if nothing does."""
    if not LOCAL_SLURM.exists():
        return f"{LOCAL_SLURM} is missing"
    if shutil.which("slurmctld") is None:
        return "Slurm is not installed: apt-get install slurm-wlm munge"
    return ""


@dataclass(frozen=True)
class BatchProcess:
    """A process of a job that simulates a batch."""

    pid: int
    job_id: str
    batch: str


def _processes() -> Iterator[tuple[Path, dict[str, str]]]:
    """Yield the folder in /proc and the environment of every process that may be looked into."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            items = (folder / "environ").read_text(errors="replace").split("\0")
        except OSError:
            continue
        yield folder, dict(item.split("=", 1) for item in items if "=" in item)


class Cluster:
    """Two or more nodes for CPU jobs, one with two GPUs that are none.

    ``accounting``: ``none``, or ``slurmdbd`` for accounts, of which the user has ``test``.
    """

    def __init__(self, folder: Path, cpu_nodes: int, accounting: str = "none") -> None:
        self.folder = folder
        self.environment = os.environ | {
            "LOCAL_SLURM_DIR": str(folder),
            "LOCAL_SLURM_ACCOUNTING": accounting,
            "LOCAL_SLURM_CPU_NODES": str(cpu_nodes),
            "OMP_NUM_THREADS": "1",
        }
        self.clients: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        self._local_slurm("start")

    def stop(self) -> None:
        """End it, and what a failed test left running."""
        for client in self.clients:
            client.kill()
        self._local_slurm("stop", "--purge")
        # Jobs that lost their node belong to nobody any more.
        for process, environment in _processes():
            if environment.get("LOCAL_SLURM_DIR") == str(self.folder):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(process.name), signal.SIGKILL)

    def cancel_all(self) -> None:
        self._local_slurm("cancel-all")

    def configure(self, *lines: str) -> None:
        """Add lines to the configuration of the cluster, while it runs."""
        with (self.folder / "etc/slurm.conf").open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
        self.slurm("scontrol", "reconfigure")

    def _local_slurm(self, *arguments: str) -> None:
        subprocess.run([LOCAL_SLURM, *arguments], env=self.environment, check=True)

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a command against the cluster, in the root of the repository."""
        return subprocess.run(
            [LOCAL_SLURM, "run", *command],
            env=self.environment,
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=2 * PATIENCE_S,
        )

    def slurm(self, *command: str) -> str:
        """Run a command of Slurm and return what it prints."""
        run = self.run(*command)
        assert run.returncode == 0, run.stderr
        return run.stdout

    def state(self, job_id: str) -> str:
        """Return the state of a job, finished ones included."""
        return self.slurm(
            "squeue", "--noheader", "--states=all", f"--jobs={job_id}", "-o%T"
        ).strip()

    def node(self, job_id: str) -> str:
        return self.slurm("squeue", "--noheader", f"--jobs={job_id}", "-o%N").strip()

    def queue(self) -> list[str]:
        """List the ids of the jobs that wait or run."""
        # Those that are being ended would be listed too.
        return self.slurm("squeue", "--noheader", "--states=PENDING,RUNNING", "-o%i").split()


def write_profile(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Write the profile for Slurm to a folder, with something changed."""
    profile = yaml.safe_load((REPOSITORY / "profiles/slurm/config.yaml").read_text())
    change(profile)
    (folder / "config.yaml").write_text(yaml.safe_dump(profile))


class Campaign:
    """Snakemake with a profile for Slurm, in a directory of its own."""

    def __init__(
        self,
        cluster: Cluster,
        directory: Path,
        config: Path,
        *target: str,
        profile: str | Path = "slurm",
    ) -> None:
        self.cluster = cluster
        self.directory = directory
        self._command = [
            # Targets come first: some options take all words up to the next option.
            *(str(SNAKEMAKE), *target, "--profile", str(profile), "--configfile", str(config)),
            *("--directory", str(directory), *IN_ONE_MACHINE),
        ]

    def run(self, *options: str) -> subprocess.CompletedProcess[str]:
        return self.cluster.run(*self._command, *options)

    def start(self, *options: str) -> "subprocess.Popen[bytes]":
        """Start it in background; what it says goes to the file ``snakemake.log``."""
        with (self.directory / "snakemake.log").open("ab") as log:
            snakemake = subprocess.Popen(
                # Where pytest runs in the background of a shell, its children would ignore Ctrl-C.
                ["env", "--default-signal=INT", LOCAL_SLURM, "run", *self._command, *options],
                env=self.cluster.environment,
                cwd=REPOSITORY,
                stdout=log,
                stderr=log,
            )
        self.cluster.clients.append(snakemake)
        return snakemake

    def wait_for(self, snakemake: "subprocess.Popen[bytes]", look: Callable[[], object]) -> None:
        """Look again and again, while Snakemake runs, until there is something to see."""
        end = time.monotonic() + PATIENCE_S
        while not look():
            assert snakemake.poll() is None, self.said()
            assert time.monotonic() < end, self.said()
            time.sleep(0.2)

    def said(self) -> str:
        return (self.directory / "snakemake.log").read_text(encoding="utf-8")

    def run_id(self) -> str:
        """Return the name of all its jobs."""
        (run_id,) = re.findall(r"SLURM run ID: (\S+)", self.said())
        return run_id

    def simulated(self, batch: str) -> int:
        """Count the simulations that a batch has finished, by its log."""
        logs = self.directory.glob(f"logs/simulate_batch/*/{batch}.log")
        return sum(len(re.findall(r"of \d+ done", log.read_text())) for log in logs)

    def processes(self) -> Iterator[BatchProcess]:
        """Yield the processes that simulate batches of this campaign now."""
        for process, environment in _processes():
            try:
                if b"simulate_batch.py" not in (process / "cmdline").read_bytes():
                    continue
                files = {path.resolve() for path in (process / "fd").iterdir()}
            except OSError:
                continue
            for file in files:
                if file.is_relative_to(self.directory / "logs" / "simulate_batch"):
                    yield BatchProcess(int(process.name), environment["SLURM_JOB_ID"], file.stem)

    def hold(
        self, snakemake: "subprocess.Popen[bytes]", jobs: int, besides: Collection[str] = ()
    ) -> dict[str, str]:
        """Wait for jobs that simulate a batch, and stop each; return their ids by batch.

        ``besides``: jobs that are known already.
        """
        held: dict[str, str] = {}

        def hold_new() -> bool:
            for process in list(self.processes()):
                if process.batch not in held and process.job_id not in besides:
                    held[process.batch] = self.pause(process.batch)
            return len(held) == jobs

        self.wait_for(snakemake, hold_new)
        return held

    def pause(self, batch: str) -> str:
        """Stop the processes of a batch, as if its simulations hung; return the id of its job."""
        stopped = [process for process in self.processes() if process.batch == batch]
        for process in stopped:
            os.kill(process.pid, signal.SIGSTOP)
        (job_id,) = {process.job_id for process in stopped}
        return job_id

    def resume(self, batch: str) -> None:
        """Let the stopped processes of a batch go on."""
        for process in self.processes():
            if process.batch == batch:
                os.kill(process.pid, signal.SIGCONT)

    def begin_again(self, snakemake: "subprocess.Popen[bytes]", job_id: str) -> None:
        """Let a requeued job begin once its processes are gone: Slurm would wait two minutes."""
        self.wait_for(
            snakemake, lambda: all(process.job_id != job_id for process in self.processes())
        )
        self.cluster.slurm("scontrol", "update", f"jobid={job_id}", "starttime=now")
