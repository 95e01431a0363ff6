"""The command line that starts PhysiBoSS, on the machine itself or inside a container."""

import shutil
from pathlib import Path
from typing import Final

from theraflow.config.tnf.engines import PhysibossConfig
from theraflow.core.errors import UserError
from theraflow.core.files import find_file

_RUNTIMES: Final = ("apptainer", "singularity")


def program_command(engine: PhysibossConfig, folder: Path, settings_file: Path) -> list[str]:
    """Return the command that simulates ``settings_file`` in a private folder.

    In a container, only that folder can be written. Raises ``UserError`` for a program or image
    that is not there, and where no container runtime is installed.
    """
    if engine.container is None:
        return [str(host_executable(engine)), f"./{settings_file.name}"]
    program = engine.executable
    bindings = [f"{folder}:{folder}"]
    if program.is_file():
        program = program.resolve()
        bindings.append(f"{program.parent}:{program.parent}:ro")
    return [
        container_runtime(),
        "exec",
        "--contain",
        "--cleanenv",
        *(f"--env={name}={value}" for name, value in program_environment(engine).items()),
        *(f"--bind={binding}" for binding in bindings),
        f"--pwd={folder}",
        str(image_file(engine)),
        str(program),
        f"./{settings_file.name}",
    ]


def program_environment(engine: PhysibossConfig) -> dict[str, str]:
    """Return the environment variables that the program needs beside those of this process."""
    return {"OMP_NUM_THREADS": str(engine.threads)}


def host_executable(engine: PhysibossConfig) -> Path:
    """Find the program on this machine; raises ``UserError`` where it is not."""
    return find_file(engine.executable, "program of PhysiBoSS").resolve()


def image_file(engine: PhysibossConfig) -> Path:
    """Find the container's image; raises ``UserError`` where it is not."""
    assert engine.container is not None
    return find_file(engine.container, "container image of PhysiBoSS").resolve()


def container_runtime() -> str:
    """Find Apptainer or Singularity; raises ``UserError`` where neither is installed."""
    for name in _RUNTIMES:
        found = shutil.which(name)
        if found is not None:
            return found
    raise UserError(
        "tnf.engine.container: neither apptainer nor singularity is on the PATH; load its module, "
        "or remove the key to run the program without a container"
    )
