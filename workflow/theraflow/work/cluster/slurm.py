"""What must be there before a campaign submits to Slurm: commands, partitions, an account, room."""

import getpass
import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from theraflow.core.errors import UserError

_COMMANDS: Final = ("sbatch", "squeue", "sinfo", "scontrol", "scancel")
_REMEDY: Final = "fix the block SITE of profiles/slurm/config.yaml"
# What `sbatch --test-only` says of jobs that would only have to wait, for a node that is down.
_MERELY_WAITS: Final = re.compile("node configuration is not available|partition not available")
_ANSWER_WITHIN_S: Final = 60


@dataclass(frozen=True)
class JobRequest:
    """What one kind of job asks Slurm for; what is None is left to Slurm."""

    rule: str
    partition: str | None = None
    account: str | None = None
    qos: str | None = None
    runtime_min: int | None = None
    memory_mb: int | None = None
    cpus: int | None = None
    gpus: str | None = None

    @classmethod
    def from_resources(
        cls, rule: str, resources: Mapping[str, Any], threads: int | None = None
    ) -> Self:
        """Read the resources of a Snakemake rule by the names of its Slurm plugin."""
        gpus = resources.get("gres")
        if resources.get("gpu_model"):
            gpus = f"gpu:{resources['gpu_model']}:{resources.get('gpu', 1)}"
        elif resources.get("gpu"):
            gpus = f"gpu:{resources['gpu']}"

        def text(name: str) -> str | None:
            return str(resources[name]) if resources.get(name) else None

        def number(name: str) -> int | None:
            return resources[name] if isinstance(resources.get(name), int) else None

        return cls(
            rule,
            partition=text("slurm_partition"),
            # Of several accounts, the plugin takes the first.
            account=next(iter((text("slurm_account") or "").replace(",", " ").split()), None),
            qos=text("qos"),
            runtime_min=number("runtime"),
            memory_mb=number("mem_mb"),
            cpus=threads,
            gpus=gpus,
        )

    def sbatch_options(self) -> list[str]:
        """Return the options of ``sbatch`` that ask for this."""
        options = {
            "partition": self.partition,
            "account": self.account,
            "qos": self.qos,
            "time": self.runtime_min,
            "mem": self.memory_mb,
            "cpus-per-task": self.cpus,
            "gres": self.gpus,
        }
        return [f"--{name}={value}" for name, value in options.items() if value is not None]


@dataclass(frozen=True)
class NodeGroup:
    """Alike nodes of a partition, and the partition's limit of time (None: none)."""

    partition: str
    default: bool
    max_runtime_min: float | None
    cpus: int
    memory_mb: int
    gres: str


def check_cluster(requests: Iterable[JobRequest]) -> None:
    """Raise ``UserError`` for the first request that no node of the cluster can ever serve.

    Nothing is submitted. Requests that only differ in their rule are checked once. A node that is
    down still counts: jobs may wait for it.
    """
    for command in _COMMANDS:
        if shutil.which(command) is None:
            raise UserError(
                f"{command}: no such command, so nothing can be submitted to Slurm; log in to a "
                "node of the cluster that submits jobs (or `module load slurm`), or run on this "
                "machine without `--profile slurm`"
            )
    partitions = _read_partitions()
    distinct = {tuple(request.sbatch_options()): request for request in requests}
    accounts = _read_accounts()
    for request in distinct.values():
        _check_partition(request, partitions)
        if accounts and request.account and request.account.lower() not in accounts:
            raise UserError(
                f"rule {request.rule}: no such account of yours: {request.account}; {_REMEDY} "
                f"(accounts: {', '.join(sorted(accounts))})"
            )
        _check_admission(request)


def check_threads(rule: str, wanted: object, granted: int) -> None:
    """Raise ``UserError`` when Snakemake's ``cores`` cut the threads of a rule.

    ``cores: all`` in profiles/default stands for the cores of the machine that submits.
    """
    if isinstance(wanted, int) and wanted > granted:
        raise UserError(
            f"rule {rule}: its jobs would get {granted} of {wanted} threads, as many as this "
            f"machine has cores: add `--cores {wanted}`"
        )


def check_arrays(rules: Collection[str], array_rules: str | None) -> None:
    """Raise ``UserError`` when jobs of these rules would be submitted as an array.

    ``array_rules`` is the executor's setting. Inside a task, its plugin (2.8.0) looks for the files
    of the array's first task: a task that ends long before the first has failed, and Snakemake
    deletes what it made.
    """
    named = set(re.findall(r"\w+", array_rules or ""))
    if "all" in named or named.intersection(rules):
        raise UserError(
            f"slurm-array-jobs: {array_rules}: results would be lost, as the plugin takes tasks "
            "that end before the first of their array for failed; leave this setting out"
        )


def _check_partition(request: JobRequest, partitions: Mapping[str, Sequence[NodeGroup]]) -> None:
    """Compare a request with what the nodes of its partition have."""
    names = ", ".join(sorted(partitions))
    name = request.partition or next(
        (name for name, groups in partitions.items() if groups[0].default), None
    )
    if name is None:
        raise UserError(
            f"rule {request.rule}: slurm_partition is not set and the cluster has no default; "
            f"{_REMEDY} (partitions: {names})"
        )
    if name not in partitions:
        raise UserError(
            f"rule {request.rule}: no such partition: {name}; {_REMEDY} (partitions: {names})"
        )
    groups = partitions[name]

    def refuse(problem: str) -> UserError:
        return UserError(f"rule {request.rule}: partition {name} {problem}; {_REMEDY}")

    limit = groups[0].max_runtime_min
    if limit is not None and (request.runtime_min or 0) > limit:
        raise refuse(f"ends jobs after {limit:g} min, and {request.runtime_min} min are asked for")
    if request.gpus is not None:
        wanted = request.gpus.split(":")
        kind = ":".join(wanted[:2]) if len(wanted) > 2 else wanted[0]
        listed = [group for group in groups if re.search(rf"\b{re.escape(kind)}\b", group.gres)]
        if not listed:
            there = ", ".join(sorted({group.gres for group in groups}))
            raise refuse(f"has no {kind} ({there})")
        groups = listed
    for unit, asked, largest in (
        ("CPUs", request.cpus, max(group.cpus for group in groups)),
        ("MB of memory", request.memory_mb, max(group.memory_mb for group in groups)),
    ):
        if (asked or 0) > largest:
            raise refuse(f"has nodes of at most {largest} {unit}, and {asked} are asked for")


def _check_admission(request: JobRequest) -> None:
    """Ask the scheduler itself whether it would take such a job: account, quality of service."""
    command = ["sbatch", "--test-only", *request.sbatch_options(), "--wrap=true"]
    answer = _run(command)
    reason = " ".join(answer.stderr.split())
    if answer.returncode != 0 and not _MERELY_WAITS.search(reason):
        account = request.account or "none, which some sites do not take"
        raise UserError(
            f"rule {request.rule}: Slurm refuses such a job (account: {account}): {reason}; "
            f"{_REMEDY}"
        )


def _read_partitions() -> dict[str, list[NodeGroup]]:
    """Return the groups of nodes of each partition, nodes that are down included."""
    answer = _run(["sinfo", "--noheader", "--format=%R|%P|%l|%c|%m|%G"])
    if answer.returncode != 0:
        reason = " ".join(answer.stderr.split())
        raise UserError(f"the Slurm controller does not answer: {reason}; try `sinfo` by hand")
    partitions = defaultdict(list)
    for line in answer.stdout.splitlines():
        name, marked, limit, cpus, memory, gres = line.strip().split("|")
        group = NodeGroup(
            partition=name,
            default=marked.endswith("*"),
            max_runtime_min=minutes_of_limit(limit),
            # A plus sign stands for "or more".
            cpus=int(cpus.rstrip("+")),
            memory_mb=int(memory.rstrip("+")),
            gres=gres,
        )
        partitions[name].append(group)
    return dict(partitions)


def _read_accounts() -> set[str]:
    """Return the accounts that this user may charge; none where the site does not tell."""
    if shutil.which("sacctmgr") is None:
        return set()
    columns = ["--noheader", "--parsable2", "show", "associations"]
    answer = _run(["sacctmgr", *columns, f"user={getpass.getuser()}", "format=account"])
    return {line.strip().lower() for line in answer.stdout.splitlines() if line.strip()}


def minutes_of_limit(limit: str) -> float | None:
    """Read Slurm's ``[days-]hours:minutes:seconds``, with the larger units left out where zero."""
    if limit in ("infinite", "n/a"):
        return None
    days, _, clock = limit.rpartition("-")
    hours, minutes, seconds = ([0, 0, 0] + [int(part) for part in clock.split(":")])[-3:]
    return int(days or 0) * 1440 + hours * 60 + minutes + seconds / 60


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=_ANSWER_WITHIN_S
        )
    except subprocess.TimeoutExpired:
        raise UserError(
            f"{command[0]} does not answer within {_ANSWER_WITHIN_S} s; try it by hand"
        ) from None
