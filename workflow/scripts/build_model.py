"""Build the SBML model of the colorectal-cancer study."""

from pathlib import Path

from theraflow.config.load import load_study
from theraflow.core.files import write_text_atomic
from theraflow.core.script import logged_to
from theraflow.crc.model.sbml import document_text
from theraflow.crc.model.study_model import load_study_model

with logged_to(snakemake.log[0]):
    config = load_study(snakemake.config).crc
    model = load_study_model(config.model, config.patients.parameters_file)
    write_text_atomic(Path(snakemake.output.sbml), document_text(model.document))
