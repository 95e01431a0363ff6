"""What the page tells of the study of colorectal cancer."""

from theraflow.report.page.blocks import Section
from theraflow.report.page.crc.algorithms import algorithms
from theraflow.report.page.crc.asked import asked
from theraflow.report.page.crc.patients import patients
from theraflow.report.page.crc.therapies import therapies
from theraflow.report.page.explorer.crc import crc_explorer
from theraflow.report.page.results import Results


def study(results: Results) -> Section:
    """Tell the whole study."""
    return Section(
        "crc",
        "Therapies for colorectal cancer",
        sections=(
            asked(None if results.study is None else results.study.crc),
            patients(results),
            therapies(results),
            crc_explorer(results),
            algorithms(results),
        ),
    )
