"""Each operation of the chip's driver under each fault (fault_matrix.py); the table is printed at the end of the run."""

import pytest

from tools.laboratory import fault_matrix
from tools.laboratory.simulated_chip import bench

pytestmark = pytest.mark.targets("unix")  # 1,800 cases; the driver itself runs on every target in chip/test_driver.py


@pytest.fixture(scope="module")
def chip(target):
    with bench(target) as made:
        made.exec(fault_matrix.PRELUDE)
        yield made


@pytest.mark.parametrize("operation", fault_matrix.OPERATIONS, ids=lambda operation: operation.name.replace(" ", "-"))
def test_no_fault_hangs_the_driver_or_makes_it_give_a_wrong_result(chip, operation, record_property):
    ended, wrong = [], []
    for case in fault_matrix.cases(operation):
        try:
            ended.append((case, fault_matrix.strike(chip, case)))
        except AssertionError as error:
            wrong.append(f"{case.fault} at {case.command or 'any command'}: {str(error).splitlines()[0]}")
    record_property("table", _rows(operation, ended))
    assert not wrong, "\n".join(wrong)


def _rows(operation: fault_matrix.Operation, ended: list[tuple[fault_matrix.Case, str]]) -> str:
    """What became of an operation: the faults that it got over, and those that ended in an error, by cause."""
    by_end: dict[str, list[str]] = {}
    for case, end in ended:
        by_end.setdefault(end, []).append(f"{case.fault} [{case.command}]" if len(operation.commands) > 1 and case.command else case.fault)
    lines = [f"{operation.name} ({', '.join(operation.commands)}): {len(ended)} faults"]
    lines += [f"    {end:24} {len(faults):3}  {'; '.join(faults)}" for end, faults in sorted(by_end.items())]
    return "\n".join(lines)
