"""A patient under a therapy as a COMBINE archive, which other simulators open."""

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import COPASI
import libsbml

from theraflow.config.crc.search import SolverConfig
from theraflow.core.errors import UserError
from theraflow.core.files import atomic_path
from theraflow.crc.model import sbml
from theraflow.crc.model.copasi import CopasiModel
from theraflow.crc.therapy.quantities import DIAMETER_MM

_STEP_DAYS: Final = 1.0
_SEDML_LEVEL_AND_VERSION: Final = (1, 4)
# Where COPASI puts the model, and when it says that it wrote a part.
_MODEL: Final = "sbml/model.xml"
_WRITTEN: Final = re.compile(r" on \d{4}-\d\d-\d\d \d\d:\d\d(?= with )")


def write_archive(
    path: Path, document: libsbml.SBMLDocument, horizon_days: float, solver: SolverConfig
) -> None:
    """Write a patient under a therapy as a COMBINE archive (OMEX), by COPASI's own exporter.

    It holds the document, and in SED-ML Level 1 Version 4 a simulation of it from day 0 to the
    horizon, a value a day, with a plot of the tumour's diameter (mm) over time (days). The same
    document makes the same file.
    Raises ``UserError`` when COPASI cannot import the model, or cannot write the archive.
    """
    model = sbml.document_text(document)
    copasi = CopasiModel.from_sbml(model)
    copasi.set_solver(solver, horizon_days, min(_STEP_DAYS, horizon_days))
    _plot_diameter(copasi)
    with TemporaryDirectory(prefix="theraflow-") as folder, atomic_path(path) as target:
        dated = Path(folder) / "dated.omex"
        written = copasi.data_model.exportCombineArchive(
            str(dated),
            False,  # no COPASI file: its keys depend on what COPASI did before
            True,  # SBML
            False,  # no data
            True,  # SED-ML
            True,  # over the file if there is one
            None,
            document.getLevel(),
            document.getVersion(),
            *_SEDML_LEVEL_AND_VERSION,
        )
        copasi.close()
        if not written:
            raise UserError(f"{path}: COPASI cannot write the archive of this model")
        _write_parts(dated, target, model)


def _plot_diameter(copasi: CopasiModel) -> None:
    plot = copasi.data_model.getPlotDefinitionList().createPlotSpec(
        "Tumour diameter over time (days)", COPASI.CPlotItem.plot2d
    )
    curve = plot.createItem("tumour diameter (mm)", COPASI.CPlotItem.curve2d)
    time = copasi.model.getObject(COPASI.CCommonName("Reference=Time")).getCN().getString()
    for shown in (time, copasi.value_reference(DIAMETER_MM)):
        curve.addChannel(COPASI.CPlotDataChannelSpec(COPASI.CCommonName(shown)))
    curve.setActivity(COPASI.COutputInterface.DURING)


def _write_parts(dated: Path, target: Path, model: str) -> None:
    with ZipFile(dated) as parts, ZipFile(target, "w") as archive:
        for name in parts.namelist():
            text = parts.read(name).decode("utf-8")
            # COPASI's own SBML lists the rules in another order every time.
            text = model if name == _MODEL else _WRITTEN.sub("", text)
            archive.writestr(ZipInfo(name), text, ZIP_DEFLATED)
