"""Section ``crc``: the study of therapies for virtual patients with colorectal cancer."""

from theraflow.config.base import Section, setting
from theraflow.config.crc.comparison import ComparisonConfig
from theraflow.config.crc.model import ModelConfig
from theraflow.config.crc.patients import PatientsConfig
from theraflow.config.crc.search import SearchConfig
from theraflow.config.crc.therapy import TherapyConfig
from theraflow.config.figures import FiguresConfig


class CrcConfig(Section):
    """The study of Esposito and Picchiami (2021): virtual patients and their best therapies."""

    model: ModelConfig = setting("the model", default=ModelConfig())
    patients: PatientsConfig = setting("the virtual patients", default=PatientsConfig())
    therapy: TherapyConfig = setting("the therapy template", default=TherapyConfig())
    search: SearchConfig = setting("the therapy searches", default=SearchConfig())
    comparison: ComparisonConfig = setting("the comparison", default=ComparisonConfig())
    figures: FiguresConfig = setting("appearance of the figures", default=FiguresConfig())
