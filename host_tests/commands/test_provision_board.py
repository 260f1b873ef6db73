"""`latchkey` on an emulated board, over its serial line: each command begins with a soft reset, as on a real one."""

import json
from pathlib import Path

import pytest
from cryptography import x509

from host_tests.targets import Target
from host_tests.targets.base import device_folders
from tools.build import mpy
from tools.build.firmware import CORES
from tools.laboratory.atecc_simulator.setups import blank
from tools.laboratory.atecc_simulator.simulation import Simulation
from tools.laboratory.emulator import Emulator
from tools.latchkey_tools import authority, cli

pytestmark = pytest.mark.targets("cortex_m")

CHIP = """
import simulated_i2c, streams
link = simulated_i2c.Link(streams.uart(2))
link.install_time(1800000000)
from latchkey.secure_element import ATECC
chip = ATECC(simulated_i2c.I2C(link, freq=100000))
"""


def test_a_chip_behind_a_board_is_provisioned_over_its_serial_line(
    target: Target, ca: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    lib = tmp_path / "root" / "lib"
    lib.mkdir(parents=True)
    for folder in (*device_folders(target.arch), mpy.package(target.arch)):
        for path in folder.glob("[a-z_]*"):
            (lib / path.name).symlink_to(path)
    (lib / "desk_chip.py").write_text(CHIP)
    with Simulation(blank()) as simulation, Emulator(CORES["m7"], tmp_path / "root") as board:
        board.connect(2, ("127.0.0.1", simulation.port))

        def told(*line: str) -> dict:
            where = ["--port", board.console, "--chip", '__import__("desk_chip").chip', "--json"]
            capsys.readouterr()
            assert cli.main([*line, *where]) == 0
            return json.loads(capsys.readouterr().out)

        assert told("provision")["config"] == simulation.controls.do_peek("config")
        record = told("provision", "--commit", "--ca", str(ca))
        assert told("chip", "compare", f"provisioned/{record['serial']}-0.json")["same"] is True
        assert told("provision", "--commit", "--ca", str(ca)) == record
        results = told("selftest")["results"]
        assert set(results.values()) == {"ok"} and "chip: key in slot 0 signs" in results, results
        assert record["config"] == simulation.controls.do_peek("config") and record["locked"] == {"config": True, "data": True}
    leaf = x509.load_pem_x509_certificate(Path(record["certificate"]).read_bytes())
    assert authority.point_of(leaf.public_key()).hex() == record["public_key"]
