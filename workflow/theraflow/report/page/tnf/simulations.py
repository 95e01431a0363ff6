"""How far the simulations are."""

from pathlib import Path

from theraflow.report.catalogue.tnf import TUMOUR_FIGURES
from theraflow.report.page.blocks import Missing, Number, Numbers, Section
from theraflow.report.page.pictures import picture
from theraflow.report.page.results import Results
from theraflow.report.page.words import count
from theraflow.work.ledger import schema


def radii_um(results: Results) -> list[int]:
    """List the radii that the config asks for or, where it is unknown, those there are."""
    if results.study is not None:
        return list(results.study.tnf.tumor_radii_um)
    folders = {
        path.name.removeprefix("radius_").removesuffix("um").removesuffix("um.parquet")
        for pattern in ("tnf/batches/radius_*um", "tnf/surrogates/radius_*um")
        for path in results.files(pattern)
    }
    return sorted(int(each) for each in folders if each.isdigit())


def simulations(results: Results) -> Section:
    """Tell how many simulations there are, of how many that are planned."""
    numbers, missing = [], []
    for plan in sorted(results.files("tnf/plans/*.parquet"), key=_radius_um):
        table = results.table(f"tnf/plans/{plan.name}")
        if table is None:
            continue
        tumours = plan.stem
        sizes = table.groupby(schema.BATCH).size()
        done = sizes[
            [results.has(f"tnf/batches/{tumours}/{batch}.parquet") for batch in sizes.index]
        ]
        of_what = tumours_words(tumours)
        numbers.append(
            Number(
                label=of_what[0].upper() + of_what[1:],
                value=f"{int(done.sum()):,}",
                meaning=f"simulations in finished batches, of {int(sizes.sum()):,} planned; those "
                "for the noise floor count too",
            )
        )
        if len(done) < len(sizes):
            missing.append(
                Missing(
                    f"Not simulated yet: {count(len(sizes) - len(done), 'batch', 'batches')} of "
                    f"{len(sizes)} of {of_what}."
                )
            )
    if not numbers:
        missing.append(Missing("Not computed: no simulation has been planned yet."))
    seen = (picture(results, "tnf", figure) for figure in TUMOUR_FIGURES)
    blocks = (*((Numbers(tuple(numbers)),) if numbers else ()), *missing, *seen)
    return Section("tnf-simulations", "Simulations", blocks)


def _radius_um(plan: Path) -> int:
    digits = "".join(filter(str.isdigit, plan.stem))
    return int(digits) if digits else 0


def tumours_words(tumours: str) -> str:
    """Say which tumours a folder holds, as "radius 50 µm"."""
    if tumours.startswith("radius_"):
        return f"radius {tumours.removeprefix('radius_').removesuffix('um')} µm"
    return "radii that the design draws"


def surrogate_folder(radius_um: int) -> str:
    """Name the folder of the surrogate of a radius."""
    return f"radius_{radius_um}um"
