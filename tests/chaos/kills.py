"""Processes of a campaign, and killing one of them at a random time."""

import random
import subprocess
from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import psutil

from chaos.campaign import Campaign

# From the start of Snakemake, which plans for some seconds, or from the kill before.
_DELAY_S: Final = (1.0, 15.0)


class Victim(StrEnum):
    """What is killed."""

    MAIN = "Snakemake itself, while its jobs go on"
    EVERYTHING = "Snakemake and all its jobs at once"
    JOB = "a job"
    WORKER = "a process within a job"


def kill_at_random(campaign: Campaign, kills: int, seed: int) -> Counter[Victim]:
    """Kill processes of the campaign, starting it again whenever it has ended; count them."""
    draw = random.Random(seed)
    killed: Counter[Victim] = Counter()
    while killed.total() < kills:
        main = campaign.start()
        while main.poll() is None and killed.total() < kills:
            victim = _kill_one(main, draw)
            if victim is not None:
                killed[victim] += 1
                if victim in {Victim.MAIN, Victim.EVERYTHING}:
                    campaign.unlock()
        assert main.wait() != 0, f"ended after {killed.total()} kills"
    return killed


def _kill_one(main: subprocess.Popen[str], draw: random.Random) -> Victim | None:
    """Kill one process after a random time, unless all have ended by then."""
    try:
        main.wait(draw.uniform(*_DELAY_S))
    except subprocess.TimeoutExpired:
        pass
    else:
        return None
    processes = _processes(psutil.Process(main.pid))
    victim = draw.choice([each for each in Victim if processes[each]])
    jobs = processes[Victim.JOB]
    if victim is Victim.EVERYTHING:
        for process in processes[victim]:
            _kill(process)
    else:
        _kill(draw.choice(processes[victim]))
    if victim in {Victim.MAIN, Victim.EVERYTHING}:
        main.wait()
        # As people are told: start again once no job is left.
        psutil.wait_procs(jobs)
    return victim


def _processes(main: psutil.Process) -> Mapping[Victim, list[psutil.Process]]:
    below = main.children(recursive=True)
    jobs = [process for process in below if _is_job(process)]
    workers = [worker for job in jobs for worker in _children(job)]
    # Forked workers bear the command line of their job.
    jobs = [job for job in jobs if job not in workers]
    return {
        Victim.MAIN: [main],
        Victim.EVERYTHING: [main, *below],
        Victim.JOB: jobs,
        Victim.WORKER: workers,
    }


def _is_job(process: psutil.Process) -> bool:
    try:
        return any("/.snakemake/scripts/" in word for word in process.cmdline())
    except psutil.Error:
        return False


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return
