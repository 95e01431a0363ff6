"""Build the SBML model of the colorectal-cancer study."""

from pathlib import Path

from theraflow.campaign.files import write_text_atomic
from theraflow.campaign.script import logged_to
from theraflow.config.load import load_study
from theraflow.crc.model import load_study_model
from theraflow.crc.sbml import document_text

with logged_to(snakemake.log[0]):
    model = load_study_model(load_study(snakemake.config).crc)
    write_text_atomic(Path(snakemake.output.sbml), document_text(model.document))
