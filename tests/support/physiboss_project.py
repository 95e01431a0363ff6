"""A project folder of PhysiBoSS as users have it, with a stand-in for the program."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from support.physiboss_stand_in import APOPTOTIC, LIVE, NECROTIC, counts_of
from theraflow.config.tnf.engines import PhysibossConfig
from theraflow.tnf.engine.physiboss.settings import program_seed
from theraflow.tnf.simulation import ParameterPoint, Simulation, plan_simulation

STAND_IN = Path(__file__).with_name("physiboss_stand_in.py")
POINT = ParameterPoint(50, pulse_period_min=323, pulse_duration_min=102, tnf_concentration=0.3007)
SIMULATION = plan_simulation(POINT, replicate=0, base_seed=1)
SETTINGS = """\
<PhysiCell_settings version="devel-version">
  <domain>
    <x_min>-500</x_min> <x_max>500</x_max> <y_min>-400</y_min> <y_max>400</y_max>
    <z_min>-500</z_min> <z_max>500</z_max>
    <dx>20</dx> <dy>20</dy> <dz>20</dz>
    <use_2D>false</use_2D>
  </domain>
  <overall> <max_time units="min">2880</max_time> </overall>
  <parallel> <omp_num_threads>4</omp_num_threads> </parallel>
  <save>
    <folder>/shared/results</folder>
    <full_data> <interval units="min">30</interval> <enable>false</enable> </full_data>
    <SVG> <interval units="min">30</interval> <enable>true</enable> </SVG>
  </save>
  <microenvironment_setup>
    <initial_condition enabled="false"> <filename>./config/none.mat</filename> </initial_condition>
  </microenvironment_setup>
  <user_parameters>
    <random_seed type="int">0</random_seed>
    <tumor_radius type="double" units="um">100</tumor_radius>
    <bnd_file type="string">./config/boolean_network/TNF_nodes.bnd</bnd_file>
    <cfg_file type="string">./config/boolean_network/TNF_conf.cfg</cfg_file>
    <time_add_tnf type="int" units="min">150</time_add_tnf>
    <duration_add_tnf type="int" units="min">10</duration_add_tnf>
    <concentration_tnf type="double">0.05</concentration_tnf>
  </user_parameters>
</PhysiCell_settings>
"""


@dataclass(frozen=True)
class Project:
    """The folder of a project, whose program is started there as upstream does."""

    folder: Path

    @property
    def executable(self) -> Path:
        return self.folder / "tnf-cancer-model"

    @property
    def settings(self) -> Path:
        return self.folder / "config/PhysiCell_settings.xml"

    @property
    def network(self) -> Path:
        return self.folder / "config/boolean_network/TNF_nodes.bnd"

    def section(self, **more: Any) -> dict[str, Any]:
        """The section ``tnf.engine`` of a config, with all it writes inside the test's folder."""
        given = {
            "name": "physiboss",
            "executable": str(self.executable),
            "settings": str(self.settings),
            "scratch_folder": str(self.folder.parent / "scratch"),
            "log_folder": str(self.folder.parent / "logs"),
        }
        return given | more

    def config(self, **more: Any) -> PhysibossConfig:
        return PhysibossConfig.model_validate(self.section(**more))


def make_project(folder: Path, behaviour: str = "works") -> Project:
    """Write a project whose program behaves in one of the ways of the stand-in."""
    project = Project(folder / "model")
    project.network.parent.mkdir(parents=True)
    project.settings.write_text(SETTINGS, encoding="utf-8")
    project.network.write_text("Node TNF {}", encoding="utf-8")
    project.network.with_name("TNF_conf.cfg").write_text("TNF.istate = 0;", encoding="utf-8")
    source = STAND_IN.read_text(encoding="utf-8")
    project.executable.write_text(
        f"#!{sys.executable} -SE\n{source}\nmain({behaviour!r})\n", encoding="utf-8"
    )
    project.executable.chmod(0o755)
    return project


def start_simulating(project: Project, *before: str, **more: Any) -> "subprocess.Popen[str]":
    """Simulate in a process of its own, started by the command ``before``."""
    script = (
        "from pathlib import Path\n"
        "from support.physiboss_project import SIMULATION, Project\n"
        "from theraflow.tnf.engine.make import make_engine\n"
        f"config = Project(Path({str(project.folder)!r})).config(**{more!r})\n"
        "make_engine(config).simulate(SIMULATION)\n"
    )
    return subprocess.Popen(
        [*before, sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stderr=subprocess.PIPE,
        text=True,
    )


def expected_counts(simulation: Simulation) -> np.ndarray:
    point = simulation.point
    parameters = {
        "tumor_radius": str(point.tumor_radius_um),
        "time_add_tnf": str(point.pulse_period_min),
        "duration_add_tnf": str(point.pulse_duration_min),
        "concentration_tnf": str(point.tnf_concentration),
        "random_seed": str(program_seed(simulation.seed)),
    }
    hours = [counts_of(parameters, hour) for hour in range(simulation.horizon_min // 60 + 1)]
    return np.array(
        [[hour.get(phase, 0) for phase in (LIVE, APOPTOTIC, NECROTIC)] for hour in hours]
    )
