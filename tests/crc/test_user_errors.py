"""Bad input is refused in one line that names the thing and the remedy, before work starts."""

from pathlib import Path
from typing import Any

import libsbml
import pytest

from theraflow.config.crc.search import SearchConfig
from theraflow.config.crc.study import CrcConfig
from theraflow.config.load import load_study
from theraflow.core.errors import UserError
from theraflow.crc.checks import check_grower, check_study
from theraflow.crc.model import sbml
from theraflow.crc.model.study_model import StudyModel
from theraflow.crc.search.choice import find_algorithm


def crc(**sections: Any) -> CrcConfig:
    return CrcConfig.model_validate(sections)


def checked(config: CrcConfig) -> StudyModel:
    return check_study(config.model, config.patients, config.therapy, config.search)


def test_a_sound_study_passes() -> None:
    checked(CrcConfig())


def test_a_missing_model_file() -> None:
    with pytest.raises(UserError, match=r"nowhere\.xml: no such file; give the path"):
        checked(crc(model={"sbml_file": "nowhere.xml"}))


@pytest.mark.parametrize("content", ["no XML at all", "<sbml>unfinished", "<svg/>"])
def test_a_file_that_is_no_model(tmp_path: Path, content: str) -> None:
    path = tmp_path / "model.xml"
    path.write_text(content)
    with pytest.raises(UserError, match=r"model\.xml: this is not a readable SBML model"):
        checked(crc(model={"sbml_file": str(path)}))


@pytest.mark.parametrize("key", ["tumour_diameter", "atezolizumab", "cibisatamab"])
def test_a_name_that_the_model_lacks(key: str) -> None:
    with pytest.raises(UserError, match=rf"model\.names\.{key} 'V_C_atezolizumab'"):
        checked(crc(model={"names": {key: "V_C_atezolizumab"}}))


def test_the_nearest_name_is_suggested() -> None:
    with pytest.raises(UserError, match="did you mean 'V_C_cibis'"):
        checked(crc(model={"names": {"cibisatamab": "V_C_cibi"}}))


def test_a_patient_parameter_that_the_model_lacks(tmp_path: Path) -> None:
    path = tmp_path / "patients.csv"
    path.write_text(
        "id,distribution,median,sigma_ln,low,high\n"
        "k_C1_grow,uniform,,,0.001,0.01\n"
        "initial_tumour_diameter,uniform,,,1,2\n"
    )
    with pytest.raises(UserError, match=r"patient parameter 'k_C1_grow'.*'k_C1_growth'"):
        checked(crc(patients={"parameters_file": str(path)}))


def test_a_model_that_cannot_start_again(study_model: StudyModel, tmp_path: Path) -> None:
    document = study_model.document.clone()
    event = document.getModel().createEvent()
    event.setUseValuesFromTriggerTime(True)
    path = tmp_path / "model.xml"
    libsbml.writeSBMLToFile(document, str(path))
    with pytest.raises(UserError, match="write it with reactions and assignment rules only"):
        checked(crc(model={"sbml_file": str(path)}))


def test_a_model_of_the_user_with_its_own_names(study_model: StudyModel, tmp_path: Path) -> None:
    text = sbml.document_text(study_model.document)
    path = tmp_path / "renamed.xml"
    path.write_text(
        text.replace("tumour_diameter", "size_cm").replace("V_C_atezo", "blood_atezo"),
        encoding="utf-8",
    )
    names = {"tumour_diameter": "size_cm", "atezolizumab": "blood_atezo"}
    model = checked(crc(model={"sbml_file": str(path), "names": names}))
    assert model.origin == str(path)


def test_a_model_that_cannot_be_compiled(study_model: StudyModel, tmp_path: Path) -> None:
    document = study_model.document.clone()
    rule = document.getModel().getAssignmentRuleByVariable("tumour_diameter")
    rule.setMath(libsbml.parseL3Formula(f"sin({libsbml.formulaToL3String(rule.getMath())})"))
    path = tmp_path / "model.xml"
    libsbml.writeSBMLToFile(document, str(path))

    def check(grower: str) -> None:
        config = crc(model={"sbml_file": str(path)}, patients={"grower": grower})
        check_grower(checked(config), config.model, config.patients)

    check("copasi")
    with pytest.raises(UserError) as error:
        check("compiled")
    message = str(error.value)
    assert "tumour_diameter: 'sin' cannot be compiled" in message
    assert "crc.patients.grower: copasi" in message
    assert "\n" not in message


def test_a_method_that_copasi_lacks() -> None:
    swarm = {"method": "Particle Swam", "evaluator": "native"}
    with pytest.raises(UserError, match=r"algorithms\.swarm\.method 'Particle Swam'.*did you mean"):
        checked(crc(search={"algorithms": {"swarm": swarm}}))


@pytest.mark.parametrize(
    ("algorithm", "message"),
    [
        ({"method": "cma"}, "no search method is called cma; did you mean cma-es"),
        ({"method": "Particle Swarm"}, "for COPASI's own Particle Swarm add `evaluator: native`"),
        ({"method": "ga", "settings": {"populaton": 9}}, "no setting populaton; did you mean pop"),
        ({"method": "ga", "settings": {"population": 1}}, "setting population: Input should be"),
    ],
)
def test_a_method_or_setting_that_the_search_layer_lacks(
    algorithm: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError, match=rf"crc\.search\.algorithms\.mine: .*{message}"):
        checked(crc(search={"algorithms": {"mine": algorithm}}))


@pytest.mark.parametrize(
    "therapy",
    [{"template": "weekly"}, {"cibisatamab": {"vial_sizes_mg": [20]}}],
)
def test_the_own_loop_of_copasi_knows_one_template(therapy: dict[str, Any]) -> None:
    with pytest.raises(UserError, match=r"algorithms\.random_search: .*monthly template without"):
        checked(crc(therapy=therapy))


def test_a_model_that_no_search_can_compile(study_model: StudyModel, tmp_path: Path) -> None:
    text = sbml.document_text(study_model.document)
    path = tmp_path / "sine.xml"
    start = text.index("<ci>", text.index('<assignmentRule variable="tumour_diameter"'))
    end = text.index("</ci>", start) + len("</ci>")
    sine = f"<apply><sin/>{text[start:end]}</apply>"
    path.write_text(text[:start] + sine + text[end:], encoding="utf-8")
    compiled = {"algorithms": {"mine": {"method": "cma-es"}}}
    with pytest.raises(UserError, match=r"sine\.xml: cannot be compiled \(.*evaluator: copasi"):
        checked(crc(model={"sbml_file": str(path)}, search=compiled))


def test_a_setting_that_the_method_lacks() -> None:
    swarm = {
        "method": "Particle Swarm",
        "settings": {"Population Size": 10},
        "evaluator": "native",
    }
    with pytest.raises(UserError, match="'Population Size': Particle Swarm has no such setting"):
        checked(crc(search={"algorithms": {"swarm": swarm}}))


def test_an_algorithm_that_the_config_lacks() -> None:
    with pytest.raises(UserError, match="algorithm 'tabu': choose one of random_search"):
        find_algorithm("tabu", SearchConfig())


@pytest.mark.parametrize(
    ("search", "message"),
    [
        ({"budget_seconds": 0}, "budget_seconds"),
        ({"budget_seconds": None, "budget_evaluations": 0}, "budget_evaluations"),
        ({"budget_seconds": None}, "either budget_seconds or budget_evaluations"),
        ({"budget_evaluations": 100}, "either budget_seconds or budget_evaluations"),
        ({"seeds": [0]}, "0 means random"),
        ({"seeds": [3, 3]}, "distinct"),
        ({"algorithms": {"a": {"method": "ga", "seeds": [0]}}}, "0 means random"),
        ({"algorithms": {"a": {"method": "ga", "budget_evaluations": 0}}}, "budget_evaluations"),
        (
            {"algorithms": {"a": {"method": "ga", "budget_evaluations": 9, "budget_seconds": 9}}},
            "not both",
        ),
        ({"regimen": {"statistics": ["mean"]}}, "both statistics and algorithms"),
        ({"regimen": {"statistics": ["mean"], "algorithms": ["tabu"]}}, "'tabu' is none of"),
        (
            {"regimen": {"statistics": ["mean"], "algorithms": ["random_search"]}},
            "native to COPASI",
        ),
    ],
)
def test_budgets_and_seeds_without_sense(search: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        load_study({"crc": {"search": search}})


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ([30], "do not make the reference dose of 160 mg, only 150"),
        ([20, 20], "distinct"),
        ([0.5], "larger vials"),
    ],
)
def test_vials_without_sense(sizes: list[float], message: str) -> None:
    with pytest.raises(UserError, match=message):
        load_study({"crc": {"therapy": {"cibisatamab": {"vial_sizes_mg": sizes}}}})


def test_doses_of_which_none_counts() -> None:
    with pytest.raises(UserError, match="no therapy would give anything on the first day"):
        load_study({"crc": {"therapy": {"smallest_dose_mg": 2000}}})


def test_a_reference_therapy_that_breaks_its_own_limit() -> None:
    therapy = {"atezolizumab": {"largest_dose_mg_per_kg": 30}}
    with pytest.raises(UserError, match="largest dose of atezolizumab must not exceed"):
        load_study({"crc": {"therapy": therapy}})
