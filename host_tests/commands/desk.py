"""What a person has on the desk: a board on a serial port with latchkey and a chip, here MicroPython's Unix port and the simulated chip."""

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from host_tests.targets.base import device_folders
from tools.build import interpreter, mpy
from tools.laboratory.atecc_simulator.simulation import Simulation
from tools.laboratory.unix_board import UnixBoard
from tools.latchkey_tools import cli
from tools.latchkey_tools.board import connected

_PRELUDE = """
import simulated_i2c
link = simulated_i2c.Link(__import__("streams").tcp({port}))
clock = link.install_time({start})
i2c = simulated_i2c.I2C(link, freq=100000)
from latchkey.secure_element import ATECC
"""


class Desk:
    def __init__(self, board: UnixBoard, simulation: Simulation, capsys: pytest.CaptureFixture[str] | None = None) -> None:
        self.board, self.simulation, self.capsys = board, simulation, capsys
        self.lines: list[str] = []

    @property
    def controls(self) -> Any:
        return self.simulation.controls

    @property
    def config(self) -> bytes:
        """What the chip's configuration zone holds."""
        return bytes(self.simulation.chip.memory.config)

    def slot(self, slot: int) -> bytes:
        return bytes(self.simulation.chip.memory.slots[slot])

    def exec(self, code: str) -> list[str]:
        lines: list[str] = []
        with connected(argparse.Namespace(port=self.board.port, resume=True)) as board:
            board.call(code, lines.append)
        return lines

    def new_chip(self, **chip: object) -> None:
        self.controls.do_chip(**chip)
        self.simulation.bus.hz = 100_000
        self.exec("link.pending_us = 0\nchip = ATECC(i2c)")

    def power_cut(self) -> None:
        """Of the board and the chip: the driver's object is another then."""
        self.controls.do_power_cycle()
        self.exec("link.pending_us = 0\nchip = ATECC(i2c)")

    def run(self, *line: object) -> tuple[int, str, str]:
        """`latchkey LINE` on this board: its status, and what it said."""
        assert self.capsys
        self.capsys.readouterr()
        command, *rest = map(str, line)
        status = cli.main([*command.split(), "--port", self.board.port, "--resume", "--chip", "chip", *rest])
        said = self.capsys.readouterr()
        return status, said.out, said.err

    def told(self, *line: object) -> dict[str, Any]:
        """The same of one that succeeds, as JSON."""
        status, out, err = self.run(*line, "--json")
        assert (status, err) == (0, ""), err
        return dict(json.loads(out))


@contextmanager
def made(home: Path, start: int = 1800000000) -> Iterator[Desk]:
    """`start`: the second since 1970 at which its clock begins, before anything of the package is loaded."""
    arch = interpreter.find().arch
    with Simulation() as simulation, UnixBoard([*device_folders(arch), mpy.package(arch)], home) as board:
        desk = Desk(board, simulation)
        desk.exec(_PRELUDE.format(port=simulation.port, start=start))
        yield desk
