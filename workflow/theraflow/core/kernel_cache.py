"""Machine code of numba's kernels on disk: compiled once, shared by all jobs of a user.

Numba's own cache lets every process that starts on an empty folder compile everything. Here the
first one compiles while the others wait for its files. Whatever goes wrong with the folder, a
process then compiles for itself: the cache can cost time, but no result.
"""

import fcntl
import logging
import os
import pickle
import platform
import random
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numba
import platformdirs
from numba.core.caching import CompileResultCacheImpl, FunctionCache, UserProvidedCacheLocator
from numba.core.registry import cpu_target

from theraflow.core.fingerprints import source_fingerprint
from theraflow.core.identity import content_hash

log = logging.getLogger(__name__)

_LONGEST_WAIT_S = 600.0
_SHORTEST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 3.0


def share_machine_code(dispatcher: Any, function: Callable[..., Any]) -> None:
    """Keep the machine code of a function that numba compiles in the cache that jobs share."""
    if kernel_folder(_package(function)) is not None:
        dispatcher._cache = _SharedCache(function)


@cache
def kernel_folder(package: str) -> Path | None:
    """Make the cache folder for a package's code, these versions and this kind of processor.

    It lies in ``NUMBA_CACHE_DIR``, else in the user's cache folder. Returns None, with a warning,
    when it cannot be made, and when other users could have put code of theirs into it.
    """
    root = Path(os.environ.get("NUMBA_CACHE_DIR") or platformdirs.user_cache_path("theraflow"))
    triple, processor, features = cpu_target.target_context.codegen().magic_tuple()
    content = {
        "code": source_fingerprint(package),
        "python": platform.python_version(),
        "numba": numba.__version__,
        "processor": [triple, processor, features],
    }
    folder = root / f"kernels-{processor}-{content_hash(content)}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = folder.lstat()
    except OSError as error:
        log.warning("%s: no cache of machine code can be there (%s)", folder, error.strerror)
        return None
    if state.st_uid not in (os.getuid(), 0) or state.st_mode & 0o022:
        log.warning(
            "%s: not used as cache of machine code, as it is not yours alone to write; delete it, "
            "or set NUMBA_CACHE_DIR to a folder of your own",
            folder,
        )
        return None
    return folder


def _package(function: Callable[..., Any]) -> str:
    return function.__module__.rpartition(".")[0]


class _CompilationLock:
    """The right to compile, held by one process at a time, whatever computer it runs on.

    The kernel of the operating system holds it, so that it ends with its process.
    """

    def __init__(self) -> None:
        self._descriptor: int | None = None
        self._depth = 0

    @property
    def is_held(self) -> bool:
        return self._depth > 0

    def try_to_acquire(self, folder: Path) -> bool:
        """Take the lock if it is free, or already ours; raises ``OSError`` where there is none."""
        if self._descriptor is None:
            descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                return False
            except OSError:
                os.close(descriptor)
                raise
            self._descriptor = descriptor
        self._depth += 1
        return True

    def release(self) -> None:
        self._depth -= 1
        if self._depth == 0 and self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


_lock = _CompilationLock()


class _Locator(UserProvidedCacheLocator):
    """Says where numba finds a kernel: nothing but the name of the folder tells its state.

    Numba would look at the file of the outermost kernel only, and at its path.
    """

    def __init__(self, function: Callable[..., Any], file: str) -> None:
        super().__init__(function, file)
        self._cache_path = str(kernel_folder(_package(function)))

    @classmethod
    def from_function(cls, function: Callable[..., Any], file: str) -> "_Locator":
        return cls(function, file)

    def ensure_cache_path(self) -> None:
        """Do nothing: the folder is there since ``kernel_folder``."""

    def get_source_stamp(self) -> str:
        return Path(self._cache_path).name

    def get_disambiguator(self) -> str:
        return "kernel"


class _CacheFiles(CompileResultCacheImpl):
    _locator_classes = [_Locator]  # noqa: RUF012


class _SharedCache(FunctionCache):
    """Numba's cache of one kernel, behind a lock that is taken only when code is missing.

    A kernel that calls others is locked until those are compiled too.
    """

    _impl_class = _CacheFiles
    _is_on_its_own = False

    def load_overload(self, signature: Any, target: Any) -> Any:
        """Return machine code; None when this process shall compile it."""
        deadline_s = time.monotonic() + _LONGEST_WAIT_S
        while (loaded := self._load(signature, target)) is None and not self._is_on_its_own:
            try:
                if _lock.try_to_acquire(Path(self.cache_path)):
                    return self._load_once_more(signature, target)
                if time.monotonic() > deadline_s:
                    self._compile_alone(
                        self.cache_path, f"is not filled after {_LONGEST_WAIT_S:g} s"
                    )
                else:
                    time.sleep(random.uniform(_SHORTEST_PAUSE_S, _LONGEST_PAUSE_S))
            except OSError as error:
                self._compile_alone(self.cache_path, f"cannot be locked ({error.strerror})")
        return loaded

    def save_overload(self, signature: Any, compiled: Any) -> None:
        """Keep machine code for other processes, if the folder takes it."""
        try:
            super().save_overload(signature, compiled)
        except OSError as error:
            self._compile_alone(self.cache_path, f"cannot be written ({error.strerror})")
        finally:
            if _lock.is_held:
                _lock.release()

    def _load_once_more(self, signature: Any, target: Any) -> Any:
        """Look again under the lock, as its last holder may have compiled this kernel."""
        # Clients of NFS remember that a file is missing until they list its folder.
        list(Path(self.cache_path).iterdir())
        loaded = self._load(signature, target)
        if loaded is None:
            log.debug("compiling %s into %s", self._name, self.cache_path)
        else:
            _lock.release()
        return loaded

    def _load(self, signature: Any, target: Any) -> Any:
        try:
            return super().load_overload(signature, target)
        except (OSError, EOFError, pickle.UnpicklingError):
            return None

    @classmethod
    def _compile_alone(cls, folder: str, reason: str) -> None:
        if not cls._is_on_its_own:
            cls._is_on_its_own = True
            log.warning(
                "the cache of machine code %s %s; this process compiles for itself",
                folder,
                reason,
            )
