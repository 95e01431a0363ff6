"""The whole config."""

import re
from typing import Final

from pydantic import field_validator

from theraflow.config.base import Section, setting
from theraflow.config.crc.study import CrcConfig
from theraflow.config.tnf.study import TnfConfig

# Snakemake hands it to a shell.
_IMAGE: Final = re.compile(r"[A-Za-z0-9._~/:@+-]+")


class StudyConfig(Section):
    """Two studies and where their jobs run; the defaults are the studies of the papers."""

    tnf: TnfConfig = setting("study 1: a tumour spheroid under pulsed TNF", default=TnfConfig())
    crc: CrcConfig = setting(
        "study 2: therapies of virtual patients with colorectal cancer", default=CrcConfig()
    )
    container: str | None = setting(
        "Apptainer or Singularity image of theraflow, a file or an address such as `docker://...`, "
        "in which jobs run when Snakemake is given `--software-deployment-method apptainer`",
        default=None,
    )

    @field_validator("container")
    @classmethod
    def _is_a_plain_name(cls, container: str | None) -> str | None:
        if container is not None and _IMAGE.fullmatch(container) is None:
            raise ValueError("only letters, digits and ._~/:@+- may be part of an image's name")
        return container
