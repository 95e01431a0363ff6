"""The whole config."""

from theraflow.config.base import Section, setting
from theraflow.config.crc.study import CrcConfig
from theraflow.config.tnf.study import TnfConfig


class StudyConfig(Section):
    """The whole config; its defaults are the study of the paper."""

    tnf: TnfConfig = setting("study 1: a tumour spheroid under pulsed TNF", default=TnfConfig())
    crc: CrcConfig = setting(
        "study 2: therapies of virtual patients with colorectal cancer", default=CrcConfig()
    )
