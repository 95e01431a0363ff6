"""Which batches a config asks for: append-only, named by content, cheap to plan."""

import pickle
import subprocess
import sys
from dataclasses import astuple, replace

import numpy as np
import pytest
import yaml
from support.plain_planning import plain_batches

from theraflow.config.load import load_study
from theraflow.config.tnf.study import TnfConfig
from theraflow.core.errors import UserError
from theraflow.core.files import REPOSITORY
from theraflow.core.identity import content_hash
from theraflow.tnf.campaign import batches as planning
from theraflow.tnf.campaign.batches import (
    NOISE_FLOOR_FIRST_REPLICATE,
    Batch,
    plan_batches,
    plan_noise_floor_batches,
    simulations_of_drawn_radii,
    simulations_per_radius,
)
from theraflow.tnf.campaign.cost import expected_cpu_s
from theraflow.tnf.campaign.design import design_parameters
from theraflow.tnf.campaign.preflight import check_feasible
from theraflow.tnf.engine.fingerprint import engine_fingerprint
from theraflow.tnf.engine.make import make_engine
from theraflow.tnf.simulation import plan_simulation, simulation_id
from theraflow.tnf.surrogate.training.split import split_by_point

GRID = {"kind": "paper", "levels": 3}
SOBOL = {"kind": "sobol", "points": 10}
DRAWN = {"kind": "sobol_radius", "points": 10}
# Few enough treatments that blocks repeat those of the blocks before them.
CROWDED = {"pulse_period_min": [10, 14], "pulse_duration_min": [8, 12]}


def study(**changes: object) -> TnfConfig:
    tnf = {"tumor_radii_um": [50, 100], "designs": [GRID], "batches": {"target_cpu_minutes": 0.003}}
    return load_study({"tnf": tnf | changes}).tnf


def names(batches: list[Batch]) -> set[str]:
    return {batch.batch_id for batch in batches}


def test_batches_of_the_paper_hold_its_7288_simulations_once():
    batches = plan_batches(load_study({}).tnf)
    simulations = [simulation for batch in batches for simulation in batch.simulations]
    assert len(simulations) == len(set(simulations)) == 7288
    assert len({simulation.seed for simulation in simulations}) == 7288
    assert len(names(batches)) == len(batches)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"designs": [SOBOL, GRID | {"levels": 6}, SOBOL | {"points": 300}], "replicates": 3},
        {"designs": [GRID | CROWDED | {"levels": 9}, SOBOL | CROWDED | {"points": 200}]},
        {"designs": [SOBOL | CROWDED | {"points": 150, "seed": seed} for seed in (1, 2, 1)]},
        {"designs": [GRID], "base_seed": 7, "tumor_radii_um": [400, 33], "replicates": 2},
        {"designs": [SOBOL], "horizon_min": 2880},
        {"designs": [DRAWN | {"points": 40}, SOBOL, DRAWN | {"seed": 2}], "replicates": 2},
        {"designs": [SOBOL | {"tnf_concentration_above": 0, "concentration_scale": "log"}]},
    ],
)
def test_batches_are_those_planned_the_plain_way(changes):
    planned = plan_batches(study(**changes))
    assert [list(batch.simulations) for batch in planned] == plain_batches(study(**changes))
    assert [len(batch.simulations) for batch in planned] == [
        len(simulations) for simulations in plain_batches(study(**changes))
    ]
    tnf = study(**changes)
    of_radii = simulations_per_radius(tnf) * len(tnf.tumor_radii_um)
    assert of_radii + simulations_of_drawn_radii(tnf) == sum(
        len(batch.simulations) for batch in planned
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"base_seed": 2},
        {"horizon_min": 1500},
        {"replicates": 2},
        {"tumor_radii_um": [51, 101]},
        {"designs": [GRID | {"pulse_period_min": [5, 799]}]},
        {"designs": [GRID | {"tnf_concentration": [0.001, 0.999]}]},
    ],
)
def test_a_batch_is_named_by_everything_that_decides_its_simulations(changes):
    before, after = plan_batches(study()), plan_batches(study(**changes))
    kept = names(before) & names(after)
    simulations = {
        batch.batch_id: frozenset(batch.simulations) for batch in before if batch.batch_id in kept
    }
    for batch in after:
        if batch.batch_id in kept:
            assert frozenset(batch.simulations) == simulations[batch.batch_id]
        else:
            assert frozenset(batch.simulations) not in set(simulations.values())
    assert len(names(after)) == len(after)


OF_DESIGN = {"noise_floor": {"drawn_from": "design"}}


def test_batches_have_the_names_that_they_had_before_there_was_another_horizon(monkeypatch):
    monkeypatch.setattr(planning, "engine_fingerprint", lambda _: "engine")
    designs = [GRID, SOBOL, {"kind": "latin_hypercube", "points": 10}]
    tnf = study(designs=designs, replicates=2, evaluation=OF_DESIGN)
    planned = [*plan_batches(tnf), *plan_noise_floor_batches(tnf)]
    assert content_hash([batch.batch_id for batch in planned]) == "55e3a7508876f7c3"


def test_another_horizon_is_another_batch_with_the_same_seeds():
    day, longer = study(), study(horizon_min=4620)
    for plan in (plan_batches, plan_noise_floor_batches):
        assert names(plan(day)).isdisjoint(names(plan(longer)))
        of_day, of_longer = (
            {
                (item.point, item.replicate): item
                for batch in plan(tnf)
                for item in batch.simulations
            }
            for tnf in (day, longer)
        )
        assert of_day.keys() == of_longer.keys()
        for key, item in of_day.items():
            assert of_longer[key] == replace(item, horizon_min=4620)


def test_longer_simulations_fill_a_batch_sooner():
    sizes = {
        horizon_min: max(len(batch.simulations) for batch in plan_batches(tnf))
        for horizon_min in (1440, 4620)
        for tnf in [study(horizon_min=horizon_min, batches={"target_cpu_minutes": 0.02})]
    }
    assert sizes[1440] > 3 * sizes[4620] > 3


def test_equal_numbers_name_equal_batches():
    written_otherwise = {
        "base_seed": 1.0,
        "tumor_radii_um": [50.0, 100],
        "designs": [
            {
                "levels": 3.0,
                "kind": "paper",
                "tnf_concentration": [0.001, 1],
                "pulse_period_min": [5.0, 800],
            }
        ],
    }
    assert names(plan_batches(study(**written_otherwise))) == names(plan_batches(study()))


def test_planned_simulations_are_a_sequence():
    simulations = max(
        (batch.simulations for batch in plan_batches(study())), key=lambda item: len(item)
    )
    members = list(simulations)
    assert len(simulations) == len(members) > 2
    assert list(simulations[1:]) == members[1:]
    assert simulations[-1] == members[-1]
    assert pickle.loads(pickle.dumps(members)) == members  # workers receive them
    with pytest.raises(IndexError):
        simulations[len(members)]


def test_a_batch_holds_one_radius_and_no_more_than_its_size():
    for batch in plan_batches(study()):
        assert {item.point.tumor_radius_um for item in batch.simulations} == {batch.tumor_radius_um}
    sizes = [len(batch.simulations) for batch in plan_batches(study())]
    assert len(sizes) > len(study().tumor_radii_um)
    longer = plan_batches(study(batches={"target_cpu_minutes": 15}))
    assert [len(batch.simulations) for batch in longer] == [sum(sizes) // 2] * 2


@pytest.mark.parametrize(
    "addition",
    [
        {"tumor_radii_um": [50, 100, 275]},
        {"tumor_radii_um": [275, 100, 50]},
        {"replicates": 3},
        {"designs": [GRID, SOBOL]},
        {"designs": [DRAWN, GRID]},
    ],
)
def test_additions_keep_every_batch(addition):
    before, after = names(plan_batches(study())), names(plan_batches(study(**addition)))
    assert before < after


def of_drawn_radii(tnf: TnfConfig) -> list[Batch]:
    return [batch for batch in plan_batches(tnf) if batch.tumor_radius_um is None]


def test_drawn_radii_are_batches_of_their_own_whatever_the_radii_of_the_study():
    tnf = study(designs=[GRID, DRAWN], replicates=2)
    drawn = of_drawn_radii(tnf)
    assert sum(len(batch.simulations) for batch in drawn) == 20
    assert {batch.tumours for batch in drawn} == {"any_radius"}
    radii_um = {item.point.tumor_radius_um for batch in drawn for item in batch.simulations}
    assert len(radii_um) > 5
    elsewhere = study(designs=[SOBOL, DRAWN], replicates=2, tumor_radii_um=[275])
    assert names(of_drawn_radii(elsewhere)) == names(drawn)
    assert plan_noise_floor_batches(tnf) == plan_noise_floor_batches(study(designs=[GRID]))


def test_seeds_and_ids_of_drawn_radii_derive_as_all_do():
    drawn = [
        item for batch in of_drawn_radii(study(designs=[GRID, DRAWN])) for item in batch.simulations
    ]
    for item in drawn:
        assert item == plan_simulation(item.point, item.replicate, base_seed=1)
    everything = plan_batches(study(designs=[GRID, DRAWN]))
    assert len({item.seed for batch in everything for item in batch.simulations}) == sum(
        len(batch.simulations) for batch in everything
    )


def test_a_block_of_drawn_radii_that_grows_replaces_one_short_batch():
    few, many = (
        of_drawn_radii(study(designs=[GRID, DRAWN | {"points": points}])) for points in (20, 45)
    )
    assert len(names(few) - names(many)) <= 1 < len(few)


@pytest.mark.parametrize(
    "change",
    [
        {"tumor_radius_um": [51, 400]},
        {"seed": 2},
        {"concentration_scale": "linear"},
        {"pulse_period_min": [6, 800]},
    ],
)
def test_a_batch_of_drawn_radii_is_named_by_its_points(change):
    before, after = (
        {batch.batch_id: list(batch.simulations) for batch in of_drawn_radii(tnf)}
        for tnf in (study(designs=[GRID, DRAWN]), study(designs=[GRID, DRAWN | change]))
    )
    assert before != after
    for name in before.keys() & after.keys():
        assert before[name] == after[name]
    simulated = list(before.values())
    assert not [after[name] for name in after.keys() - before.keys() if after[name] in simulated]


def test_a_batch_of_drawn_radii_is_named_by_every_radius():
    # The first simulation alone does not tell the radii of the others.
    one = {
        "pulse_period_min": [60, 60],
        "pulse_duration_min": [5, 5],
        "tnf_concentration": [0.5, 0.5],
    }
    planned = [
        of_drawn_radii(
            study(
                designs=[GRID, DRAWN | one | {"points": 2, "tumor_radius_um": radii, "seed": seed}],
                batches={"target_cpu_minutes": 15},
            )
        )[0]
        for radii in ([60, 61], [60, 62])
        for seed in range(9)
    ]
    simulations = {tuple(batch.simulations) for batch in planned}
    assert (
        len({batch.simulations[0] for batch in planned}) < len(simulations) == len(names(planned))
    )


def test_a_batch_of_drawn_radii_takes_its_time_on_average():
    target = {"target_cpu_minutes": 0.2}
    wide, small = (
        study(designs=[GRID, DRAWN | {"points": 300, "tumor_radius_um": radii}], batches=target)
        for radii in ([50, 400], [50, 60])
    )
    for tnf in (wide, small):
        first = of_drawn_radii(tnf)[0].simulations
        cpu_s = sum(expected_cpu_s(item.point.tumor_radius_um, tnf.engine) for item in first)
        assert cpu_s == pytest.approx(12, rel=0.2)
    assert len(of_drawn_radii(wide)[0].simulations) < len(of_drawn_radii(small)[0].simulations)


def test_a_block_that_grows_replaces_only_short_last_batches():
    batches = {"target_cpu_minutes": 0.003}
    few = plan_batches(study(designs=[SOBOL], batches=batches))
    many = plan_batches(study(designs=[SOBOL | {"points": 15}], batches=batches))
    replaced = [batch for batch in few if batch.batch_id not in names(many)]
    assert {batch.tumor_radius_um for batch in replaced} <= {50, 100}
    assert len(replaced) <= 2 < len(few)
    simulations = {item for batch in many for item in batch.simulations}
    assert all(set(batch.simulations) <= simulations for batch in few)


def test_the_noise_floor_repeats_points_of_the_design_with_seeds_of_its_own():
    tnf = study(evaluation={"noise_floor": {"points": 3, "replicates": 4}})
    floor = [item for batch in plan_noise_floor_batches(tnf) for item in batch.simulations]
    study_items = [item for batch in plan_batches(tnf) for item in batch.simulations]
    for radius in tnf.tumor_radii_um:
        of_radius = [item for item in floor if item.point.tumor_radius_um == radius]
        assert len(of_radius) == 12
        assert len({item.point for item in of_radius}) == 3
    assert {item.point for item in floor} <= {item.point for item in study_items}
    assert {item.seed for item in floor}.isdisjoint(item.seed for item in study_items)
    assert min(item.replicate for item in floor) == NOISE_FLOOR_FIRST_REPLICATE


def test_more_noise_floor_points_keep_the_earlier_ones():
    def points(number: int) -> set[object]:
        tnf = study(evaluation={"noise_floor": {"points": number}})
        batches = plan_noise_floor_batches(tnf)
        return {item.point for batch in batches for item in batch.simulations}

    assert points(2) < points(5)


def planned_floor(tnf: TnfConfig, radius: int) -> set[tuple[float, ...]]:
    return {
        astuple(item.point)[1:]
        for batch in plan_noise_floor_batches(tnf)
        for item in batch.simulations
        if item.point.tumor_radius_um == radius
    }


def test_the_noise_floor_of_test_points_repeats_those_that_the_training_keeps_for_the_test():
    tnf = study(evaluation={"noise_floor": {"drawn_from": "test", "points": 1000}})
    parameters = design_parameters(tnf.designs)
    floors = {}
    for radius in tnf.tumor_radii_um:
        surrogates = tnf.surrogates
        # Simulations come in another order than their points are planned in.
        simulated = np.random.default_rng(radius).permutation(parameters)
        split = split_by_point(simulated, radius, surrogates.split, surrogates.base_seed)
        floors[radius] = planned_floor(tnf, radius)
        assert floors[radius] == set(map(tuple, simulated[split.test].tolist()))
    assert floors[50] != floors[100]
    few = study(evaluation={"noise_floor": {"drawn_from": "test", "points": 2}})
    assert planned_floor(few, 50) < floors[50]
    assert len(planned_floor(few, 50)) == 2


def test_the_noise_floor_is_drawn_from_test_points_unless_the_design_is_asked_for():
    drawn = study(evaluation={"noise_floor": {"drawn_from": "test"}})
    names_by_default = names(plan_noise_floor_batches(study()))
    assert names(plan_noise_floor_batches(drawn)) == names_by_default
    of_design = study(evaluation={"noise_floor": {"drawn_from": "design"}})
    assert planned_floor(of_design, 50) == planned_floor(of_design, 100)


def test_engine_settings_rename_every_batch():
    fast = names(plan_batches(study(engine={"time_steps": "fast"})))
    exact = names(plan_batches(study(engine={"time_steps": "exact"})))
    assert fast.isdisjoint(exact)


def test_a_model_constant_renames_every_batch_and_a_comment_none(tmp_path):
    original = REPOSITORY / "resources/tnf_spheroid/model.yaml"
    changed = yaml.safe_load(original.read_text())
    changed["tnf_field"]["decay_per_min"] *= 1.01
    files = {"commented": f"# a remark\n{original.read_text()}", "changed": yaml.safe_dump(changed)}
    plans = {}
    for name, text in files.items():
        file = tmp_path / f"{name}.yaml"
        file.write_text(text)
        plans[name] = names(plan_batches(study(engine={"model_file": str(file)})))
    assert plans["commented"] == names(plan_batches(study()))
    assert plans["changed"].isdisjoint(plans["commented"])


def test_a_rule_of_the_network_renames_every_batch_and_a_comment_none(tmp_path):
    text = (REPOSITORY / "resources/tnf_spheroid/network.bnd").read_text()
    file = tmp_path / "network.bnd"
    file.write_text("// a remark\n/* another */" + text)
    before = names(plan_batches(study()))
    assert names(plan_batches(study(engine={"network_file": str(file)}))) == before
    file.write_text(text.replace(" AND ", " OR ", 1).replace("&", "|", 1))
    assert names(plan_batches(study(engine={"network_file": str(file)}))).isdisjoint(before)


def test_planned_batches_share_no_simulation():
    tnf = study(replicates=2)
    batches = [*plan_batches(tnf), *plan_noise_floor_batches(tnf)]
    simulations = [item for each in batches for item in each.simulations]
    assert len(simulations) == len(set(simulations))


def test_ids_depend_on_every_part_of_a_simulation():
    first, second = plan_batches(study())[0].simulations[:2]
    assert simulation_id(first, "engine") != simulation_id(second, "engine")
    assert simulation_id(first, "engine") != simulation_id(first, "another engine")


def test_batches_are_named_with_the_fingerprint_of_the_engine_that_will_run_them():
    config = study().engine
    assert make_engine(config).fingerprint == engine_fingerprint(config)


def test_planning_imports_nothing_heavy():
    code = (
        "import sys; import theraflow.tnf.campaign.batches, theraflow.config.load; "
        "print({'numba', 'torch', 'pandas', 'scipy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_batches_know_the_block_that_asks_for_them():
    drawn = {"kind": "sobol_radius", "points": 5, "tumor_radius_um": [40, 90]}
    designs = [{"kind": "sobol", "points": 8}, drawn, {"kind": "sobol", "points": 4, "seed": 7}]
    tnf = TnfConfig.model_validate({"tumor_radii_um": [50, 100], "designs": designs})
    simulations = {
        (batch.tumours, batch.block): len(batch.simulations) for batch in plan_batches(tnf)
    }
    assert simulations == {
        ("radius_50um", 0): 8,
        ("radius_50um", 2): 4,
        ("radius_100um", 0): 8,
        ("radius_100um", 2): 4,
        ("any_radius", 1): 5,
    }
    assert {batch.block for batch in plan_noise_floor_batches(tnf)} == {None}


def test_a_block_without_a_point_of_its_own_has_no_table():
    designs = 2 * [{"kind": "sobol", "points": 16}]
    tnf = TnfConfig.model_validate({"designs": designs})
    check_feasible(tnf)
    with pytest.raises(UserError, match=r"tnf\.designs\[1\]: holds no point .* remove it"):
        check_feasible(TnfConfig.model_validate({"designs": designs, "dataset_tables": "blocks"}))
