"""Jobs of the user that wait or run in Slurm, by rule."""

import re
import shutil
import subprocess
from collections import Counter
from typing import Final

WAITING: Final = "PENDING"
RUNNING: Final = "RUNNING"

# Snakemake's Slurm plugin writes rule and wildcards into the comment of a job.
_RULE: Final = re.compile(r"rule_(\w+?)(?:_wildcards_|$)")
_ANSWER_WITHIN_S: Final = 20


def jobs_by_rule() -> Counter[tuple[str, str]] | None:
    """Count the user's jobs by rule and state; None where there is no Slurm, or no answer."""
    if shutil.which("squeue") is None:
        return None
    try:
        answer = subprocess.run(
            ["squeue", "--me", "--array", "--noheader", "--format=%T %k"],
            capture_output=True,
            text=True,
            check=True,
            timeout=_ANSWER_WITHIN_S,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return count_jobs(answer.stdout)


def count_jobs(lines: str) -> Counter[tuple[str, str]]:
    """Count jobs by rule and state, from lines with state and comment; others' are left out."""
    jobs: Counter[tuple[str, str]] = Counter()
    for line in lines.splitlines():
        state, _, comment = line.partition(" ")
        rule = _RULE.match(comment.strip())
        if rule:
            jobs[rule[1], state] += 1
    return jobs
