"""A patient under a therapy as a COMBINE archive: what other simulators make of it."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from zipfile import ZipFile

import COPASI
import libsbml
import pytest
from support.crc_reference import TIGHT
from support.independent_simulator import tight_roadrunner

from theraflow.config.crc.study import CrcConfig
from theraflow.core.errors import UserError
from theraflow.crc import export
from theraflow.crc.model import sbml
from theraflow.crc.model.copasi import CopasiModel
from theraflow.crc.model.study_model import StudyModel
from theraflow.crc.therapy.quantities import DIAMETER_MM
from theraflow.crc.therapy.template import PatientStart, build_template

HORIZON_DAYS = 364.0
SEDML = {"sedml": "http://sed-ml.org/sed-ml/level1/version4"}


def end_diameter_mm(copasi: CopasiModel) -> float:
    copasi.simulate(HORIZON_DAYS, TIGHT)
    return copasi.value(DIAMETER_MM)


@pytest.fixture(scope="module")
def document(
    config: CrcConfig, study_model: StudyModel, reference_start: PatientStart
) -> libsbml.SBMLDocument:
    """The reference patient, without cibisatamab but for 40 mg in week 1 and in months 2 and 3."""
    document = build_template(study_model.document, reference_start, config.model, config.therapy)
    for month in range(1, config.therapy.months + 1):
        dose_mg = 40.0 if month <= 3 else 0.0
        document.getModel().getParameter(f"d_c_{month}").setValue(dose_mg)
    return document


@pytest.fixture(scope="module")
def end_mm(document: libsbml.SBMLDocument) -> float:
    """The diameter at the horizon, by the document itself."""
    return end_diameter_mm(CopasiModel.from_sbml(sbml.document_text(document)))


@pytest.fixture(scope="module")
def archive(document: libsbml.SBMLDocument, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("export") / "therapy.omex"
    export.write_archive(path, document, HORIZON_DAYS, TIGHT)
    return path


@pytest.fixture(scope="module")
def parts(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The files of the archive, by their formats."""
    folder = tmp_path_factory.mktemp("parts")
    with ZipFile(archive) as opened:
        opened.extractall(folder)
    manifest = ET.parse(folder / "manifest.xml").getroot()
    return {
        entry.attrib["format"].rsplit("/", 1)[-1]: folder / entry.attrib["location"]
        for entry in manifest
    }


def test_copasi_opens_the_archive_to_the_same_diameter(archive: Path, end_mm: float) -> None:
    opened = COPASI.CRootContainer.addDatamodel()
    assert opened.openCombineArchive(str(archive))
    copasi = CopasiModel(opened)
    assert opened.getTask("Time-Course").getProblem().getDuration() == HORIZON_DAYS
    assert end_diameter_mm(copasi) == pytest.approx(end_mm, rel=1e-7)
    copasi.close()


def test_libroadrunner_simulates_its_sbml_to_the_same_diameter(
    parts: dict[str, Path], end_mm: float, config: CrcConfig, reference_start: PatientStart
) -> None:
    assert not libsbml.readSBMLFromFile(str(parts["sbml"])).getNumErrors(libsbml.LIBSBML_SEV_ERROR)
    simulator = tight_roadrunner(str(parts["sbml"]))
    course = simulator.simulate(0, HORIZON_DAYS, 53, ["time", DIAMETER_MM])
    assert course[0, 1] == pytest.approx(reference_start.diameter_mm, rel=1e-6)
    assert course[-1, 1] == pytest.approx(end_mm, rel=1e-4)
    # The therapy and not the reference: what this test compares differs between the two.
    given = [simulator[f"d_c_{month}"] for month in range(1, config.therapy.months + 1)]
    assert given == [40.0] * 3 + [0.0] * 12


def test_its_sedml_plots_the_diameter_until_the_horizon(parts: dict[str, Path]) -> None:
    sedml = ET.parse(parts["sed-ml"]).getroot()
    (model,) = sedml.iterfind(".//sedml:model", SEDML)
    assert (parts["sed-ml"].parent / model.attrib["source"]).resolve() == parts["sbml"].resolve()
    (course,) = sedml.iterfind(".//sedml:uniformTimeCourse", SEDML)
    assert float(course.attrib["outputStartTime"]) == 0
    assert float(course.attrib["outputEndTime"]) == HORIZON_DAYS
    assert int(course.attrib["numberOfSteps"]) == HORIZON_DAYS
    variables = {
        generator.attrib["id"]: variable.attrib
        for generator in sedml.iterfind(".//sedml:dataGenerator", SEDML)
        for variable in generator.iterfind(".//sedml:variable", SEDML)
    }
    (curve,) = sedml.iterfind(".//sedml:plot2D//sedml:curve", SEDML)
    assert variables[curve.attrib["xDataReference"]]["symbol"] == "urn:sedml:symbol:time"
    assert f"[@id='{DIAMETER_MM}']" in variables[curve.attrib["yDataReference"]]["target"]


def test_copasi_runs_its_sedml(parts: dict[str, Path], end_mm: float) -> None:
    read = COPASI.CRootContainer.addDatamodel()
    assert read.importSEDML(str(parts["sed-ml"]))
    copasi = CopasiModel(read)
    course = read.getTask("Time-Course")
    assert course.getProblem().getDuration() == HORIZON_DAYS
    assert course.process(True)
    assert copasi.value(DIAMETER_MM) == pytest.approx(end_mm, rel=1e-6)
    assert read.getPlotDefinitionList().size() == 1
    copasi.close()


def test_the_same_therapy_is_the_same_file(
    document: libsbml.SBMLDocument, archive: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again.omex"
    export.write_archive(again, document, HORIZON_DAYS, TIGHT)
    assert again.read_bytes() == archive.read_bytes()
    with ZipFile(archive) as opened:
        assert {entry.date_time for entry in opened.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert not re.search(rb"\d\d:\d\d", opened.read("sedml/simulation.xml"))
        assert opened.read("sbml/model.xml").decode() == sbml.document_text(document)


def test_a_failure_leaves_the_old_archive(
    document: libsbml.SBMLDocument, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "therapy.omex"
    path.write_text("old")
    monkeypatch.setattr(export.COPASI.CDataModel, "exportCombineArchive", lambda *_: False)
    with pytest.raises(UserError, match=r"therapy\.omex: COPASI cannot write the archive"):
        export.write_archive(path, document, HORIZON_DAYS, TIGHT)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
