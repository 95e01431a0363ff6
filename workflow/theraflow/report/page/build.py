"""The page of a campaign: read what is there, tell it, write one HTML file."""

from pathlib import Path

from theraflow.core.files import write_text_atomic
from theraflow.report.page import crc, tnf
from theraflow.report.page.blocks import Missing, Section
from theraflow.report.page.campaign.certainty import certainty
from theraflow.report.page.campaign.cost import cost
from theraflow.report.page.campaign.glance import glance
from theraflow.report.page.campaign.provenance import provenance
from theraflow.report.page.render import Page, render
from theraflow.report.page.results import Results


def write_page(results: Results, file: Path) -> None:
    """Write the page of a folder of results, finished or not."""
    write_text_atomic(file, render(page_of(results)))


def page_of(results: Results) -> Page:
    """Tell what a campaign asked, found and cost, and how sure that is."""
    sections = [
        glance(results),
        tnf.study(results),
        crc.study(results),
        cost(results),
        certainty(results),
        provenance(results),
    ]
    if results.unreadable:
        damaged = tuple(Missing(f"Cannot be read: {each}") for each in results.unreadable)
        sections.insert(0, Section("damaged", "Damaged files", damaged))
    return Page(
        title="theraflow: report",
        lead=(
            "In-silico cancer therapy design: a tumour spheroid under pulses of TNF, and therapies "
            "of virtual patients with colorectal cancer. Numbers first, each with what it means "
            "and how sure it is. What has not been computed is said."
        ),
        sections=tuple(sections),
    )
