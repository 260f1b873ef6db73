"""One row of the fault table for each cause, on the emulated boards: that the same faults are told by the code of a board."""

from collections.abc import Iterator

import pytest

from host_tests.peers.drive import Client
from host_tests.targets.emulated import Emulated
from host_tests.tls.fault_cases import CASES, Case
from host_tests.tls.test_faults import judge

pytestmark = pytest.mark.targets("cortex_m", "rv32", "xtensa")

FIRST = {case.cause: case for case in reversed(CASES) if not case.needs_end}  # a serial port has no end


@pytest.fixture(scope="module")
def client(target: Emulated) -> Iterator[Client]:
    """A client with room to spare: what it takes is measured elsewhere."""
    target.heap = 1 << 20
    target.reset()
    yield Client(target)
    target.heap = None
    target.close()


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in FIRST.values()])
def test_the_client_meets_a_server_that(case: Case, client: Client) -> None:
    judge(case, client)
