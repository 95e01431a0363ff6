"""What a piece of work uses of the machine: CPU time and memory, child processes included."""

import resource
import time
from pathlib import Path
from typing import Final

_KIB_PER_MIB: Final = 1024
_STATUS: Final = Path("/proc/self/status")
_CLEAR_REFS: Final = Path("/proc/self/clear_refs")
_RESET_PEAK: Final = "5"


class Usage:
    """The CPU time and peak memory of this process and its ended children, from construction on."""

    def __init__(self) -> None:
        self._peak_is_reset = _reset_peak()
        self._cpu_s_before = _cpu_s()

    def cpu_s(self) -> float:
        """Return the CPU time used (s)."""
        return _cpu_s() - self._cpu_s_before

    def peak_memory_mb(self) -> float:
        """Return the largest resident size (MiB) of this process or of one child.

        Of children, and where the kernel cannot forget an earlier peak, it is the largest since
        this process began.
        """
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        if self._peak_is_reset:
            own = _peak_kib()
        child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        return max(own, child) / _KIB_PER_MIB


def _cpu_s() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _reset_peak() -> bool:
    try:
        _CLEAR_REFS.write_text(_RESET_PEAK)
    except OSError:
        return False
    return True


def _peak_kib() -> int:
    for line in _STATUS.read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return 0
