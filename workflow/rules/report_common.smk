"""What the report of Snakemake shows: figures and tables, with captions and labels."""

from theraflow.report.catalogue.crc import CRC_FIGURES
from theraflow.report.catalogue.tnf import TNF_FIGURES
from theraflow.report.table_meanings import TABLE_MEANINGS

STUDY_TITLES = {"tnf": "Tumour spheroid under TNF", "crc": "Colorectal cancer"}
FIGURES_OF_STUDIES = {"tnf": TNF_FIGURES, "crc": CRC_FIGURES}


def shown_figure(study):
    """Name the files of a study's figure; of its formats the first is shown."""
    formats = getattr(STUDY, study).figures.formats
    shown, *others = expand(f"results/{study}/figures/{{{{figure}}}}.{{format}}", format=formats)
    figures = FIGURES_OF_STUDIES[study]
    marked = report(
        shown,
        caption="../report/figures.rst",
        category=STUDY_TITLES[study],
        subcategory="Figures",
        labels=lambda wildcards: {"figure": figures[wildcards.figure].title},
    )
    return [marked, *others]


def shown_table(file):
    """Mark a table that people can read, one of text, to be shown."""
    path = file.removeprefix("results/")
    if not path.endswith(".csv"):
        return file
    known = path if path in TABLE_MEANINGS else path.replace(".csv", ".parquet")
    return report(
        file,
        caption="../report/tables.rst",
        category=STUDY_TITLES[path.partition("/")[0]],
        subcategory="Tables",
        labels={"table": Path(path).stem.replace("_", " "), "a row is": TABLE_MEANINGS[known]},
    )
