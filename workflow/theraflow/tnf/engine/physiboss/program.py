"""Running a program to its end, or to its time limit, and saying in words how it failed."""

import contextlib
import ctypes
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from theraflow.work.status import AttemptError, Status

_PR_SET_PDEATHSIG: Final = 1
_NOT_STARTED: Final = frozenset({126, 127})
_LIBC: Final = ctypes.CDLL(None)
_LONGEST_LAST_WORDS: Final = 200
_END_BYTES: Final = 4096

_REMEDIES: Final = {
    signal.SIGILL: "it was built for another processor: build it on this kind of machine, "
    "without -march=native",
    signal.SIGSEGV: "it read memory that is not its own",
    signal.SIGABRT: "it gave up",
    signal.SIGKILL: "out of memory, or killed by hand",
    signal.SIGXCPU: "the system's limit of CPU time is reached",
    signal.SIGXFSZ: "the system's limit of file size is reached",
}


def run_program(
    command: Sequence[str | Path],
    folder: Path,
    output_file: Path,
    time_limit_s: float,
    environment: Mapping[str, str],
) -> None:
    """Run a command in a folder, with standard output and error in ``output_file``.

    Every process that it has started and that is left in its group ends with it, and it ends with
    this process. Raises ``AttemptError``: *failed* when it cannot be started or exits with another
    code than 0, *killed* when it dies of a signal, *timed_out* after ``time_limit_s``.
    """
    with output_file.open("wb") as output:
        try:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,
                preexec_fn=_die_with_parent,
            )
        except OSError as error:
            reason = f"cannot be started: {_start_error(command[0], error)}"
            raise AttemptError(Status.FAILED, reason) from None
        try:
            code = process.wait(time_limit_s)
        except subprocess.TimeoutExpired:
            raise AttemptError(
                Status.TIMED_OUT, f"not finished after {time_limit_s / 60:g} min, and stopped"
            ) from None
        finally:
            _end(process)
    if code != 0:
        raise _failure(code, last_words(output_file))


def last_words(output_file: Path) -> str:
    """Return the last line that a program wrote, shortened."""
    lines = read_end(output_file).split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")[
        :_LONGEST_LAST_WORDS
    ]


def read_end(output_file: Path) -> str:
    """Return the last 4 KiB that a program wrote; empty where it wrote nothing."""
    if not output_file.exists():
        return ""
    with output_file.open("rb") as output:
        output.seek(max(0, output_file.stat().st_size - _END_BYTES))
        return output.read().decode("utf-8", "replace")


def _die_with_parent() -> None:
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _start_error(program: str | Path, error: OSError) -> str:
    match error:
        case PermissionError():
            return f"{program} is not executable; run `chmod +x` on it"
        case FileNotFoundError():
            return f"{program}, or the interpreter that its first line names, does not exist"
        case OSError(strerror="Exec format error"):
            return f"{program} is no program for this kind of machine; build it here"
    return str(error)


def _failure(code: int, words: str) -> AttemptError:
    said = f"; it said: {words}" if words else ""
    if code < 0:
        return AttemptError(Status.KILLED, f"died of {_signal_in_words(-code)}{said}")
    if code in _NOT_STARTED and "shared libraries" in words:
        return AttemptError(
            Status.FAILED,
            f"libraries are missing: load the modules that it was built with{said}",
        )
    # A shell, and a container's runtime, tell of a signal by a code above 128.
    if 128 < code <= 128 + signal.SIGRTMAX:
        return AttemptError(Status.KILLED, f"died of {_signal_in_words(code - 128)}{said}")
    return AttemptError(Status.FAILED, f"ended with exit code {code}{said}")


def _signal_in_words(number: int) -> str:
    try:
        name = signal.Signals(number)
    except ValueError:
        return f"signal {number}"
    remedy = _REMEDIES.get(name)
    return f"{name.name} ({remedy})" if remedy else name.name
