"""A program that stands in for PhysiBoSS: reads its settings, writes its output's real shape.

It is written as a script of its own, so that the engine starts a process, as it would the real one.
Its counts follow from the settings that it was given, so that tests can tell whether they arrived.
"""

import os
import signal
import struct
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path

LABELS = [("ID", 1), ("position", 3), ("total_volume", 1), ("current_phase", 1), ("polarity", 1)]
# What PhysiBoSS prints of a network that MaBoSS cannot read, and how it ends: it says so and exits,
# or knows no such exception, or goes on.
NETWORK_COMPLAINTS = {
    "refuses its network": ("MaBoSS ERROR : BND syntax error at line #3", 1),
    "does not find its network": ("PhysiBoSS ERROR : Could not open the BND file x.bnd", 1),
    "throws at its network": (
        "terminate called after throwing an instance of 'BNException'",
        -signal.SIGABRT,
    ),
    "goes on without its network": ("MaBoSS ERROR : node Foo used but not defined", 0),
}
LIVE, APOPTOTIC, NECROTIC, LYSED = 14, 100, 101, 102


def counts_of(parameters: dict[str, str], output: int) -> dict[int, int]:
    """The cells per phase that the program pretends to have simulated."""
    if output == 0:
        return {LIVE: int(float(parameters["tumor_radius"]))}
    pulses = int(parameters["time_add_tnf"]) + int(parameters["duration_add_tnf"])
    # Only what is given for long or strong enough kills.
    dose_min = float(parameters["concentration_tnf"]) * int(parameters["duration_add_tnf"])
    killed = 10 * int(dose_min / 60) * output // 24
    return {
        LIVE: int(float(parameters["tumor_radius"])) + output - killed,
        APOPTOTIC: pulses % 13,
        NECROTIC: int(parameters["random_seed"]) % 17,
        LYSED: int(100 * float(parameters["concentration_tnf"])),
    }


def write_snapshot(folder: Path, name: str, time_min: float, phases: dict[int, int]) -> None:
    cells = [phase for phase, number in phases.items() for _ in range(number)]
    columns = [[i, 0.0, 0.0, 0.0, 2494.0, phase, 0.0] for i, phase in enumerate(cells)]
    values = [value for column in columns for value in column]
    head = struct.pack("<5i", 0, 7, len(columns), 0, len("cells") + 1) + b"cells\0"
    (folder / f"{name}_cells_physicell.mat").write_bytes(
        head + struct.pack(f"<{len(values)}d", *values)
    )
    root = ET.Element("MultiCellDS")
    metadata = ET.SubElement(root, "metadata")
    ET.SubElement(metadata, "current_time", units="min").text = f"{time_min:f}"
    information = ET.SubElement(root, "cellular_information")
    custom = ET.SubElement(information, "custom")
    simple = ET.SubElement(custom, "simplified_data", type="matlab", source="BioFVM")
    ET.SubElement(simple, "filename").text = f"{name}_cells.mat"
    data = ET.SubElement(custom, "simplified_data", type="matlab", source="PhysiCell")
    labels = ET.SubElement(data, "labels")
    index = 0
    for label, size in LABELS:
        ET.SubElement(labels, "label", index=str(index), size=str(size)).text = label
        index += size
    ET.SubElement(data, "filename").text = f"{name}_cells_physicell.mat"
    ET.ElementTree(root).write(folder / f"{name}.xml")


def main(behaviour: str) -> None:
    print("stand-in for PhysiBoSS", flush=True)
    if behaviour == "hangs":
        time.sleep(600)
    if behaviour == "illegal instruction":
        os.kill(os.getpid(), signal.SIGILL)
    if behaviour == "lacks a library":
        print("error while loading shared libraries: libgomp.so.1: cannot open shared object file")
        sys.exit(127)
    root = ET.parse(sys.argv[1]).getroot()
    parameters = {item.tag: (item.text or "").strip() for item in root.find("user_parameters")}
    for network in ("bnd_file", "cfg_file"):
        assert Path(parameters[network]).read_text(), network
    assert root.findtext("save/full_data/enable") == "true"
    folder = Path(root.findtext("save/folder"))
    max_time = int(root.findtext("overall/max_time"))
    interval = int(root.findtext("save/full_data/interval"))
    for name in ("initial", "final"):
        write_snapshot(folder, name, 0.0, {LIVE: 1})
    if behaviour in NETWORK_COMPLAINTS:
        complaint, ending = NETWORK_COMPLAINTS[behaviour]
        print(f"reading the network\n{complaint}\nand words after it", file=sys.stderr, flush=True)
        if ending < 0:
            os.kill(os.getpid(), -ending)
        sys.exit(ending)
    if behaviour == "meets a full disk":
        # A device that is always full: the system's own error, in this program's last words.
        Path("/dev/full").write_text("cells")
    for output in range(max_time // interval + 1):
        phases = counts_of(parameters, output)
        if behaviour == "crashes" and output == 12:
            print("terminate called after throwing an instance of 'std::bad_alloc'")
            sys.exit(3)
        if behaviour == "stops early" and output == 12:
            return
        if behaviour == "has unknown phases" and output == 12:
            phases = {**phases, 7: 3}
        if behaviour == "explodes" and output == 12:
            phases = {**phases, LIVE: 10 * phases[LIVE]}
        try:
            write_snapshot(folder, f"output{output:08d}", float(output * interval), phases)
        except OSError:
            # PhysiCell does not look whether it could write.
            if behaviour != "does not look at its disk":
                raise
        if behaviour == "is truncated" and output == 12:
            file = folder / f"output{output:08d}_cells_physicell.mat"
            file.write_bytes(file.read_bytes()[:-20])
