"""What `make test` runs: pytest, after a look at what it was asked for.

Of a name that is none pytest would say that it does not know the options of host_tests/conftest.py, which it finds by the tests' place.
"""

import importlib.util
import re
import sys
from itertools import pairwise
from pathlib import Path

if importlib.util.find_spec("mpremote") is None:  # a Python that has not the packages
    sys.exit(f"{sys.executable} lacks what the tests need: run `make setup`, then .venv/bin/python {' '.join(sys.orig_argv[1:])}")

import pytest

from tools.build.plain import Plain, command

# Options of pytest's that take no value: what follows one of them is a file or a folder.
ALONE = re.compile(r"-[qvsxl]+|--(exitfirst|verbose|quiet|lf|ff|nf|sw|pdb|co|collect-only|no-loadscope-reorder|no-header|no-summary)")


def unknown(arguments: list[str]) -> str | None:
    """A file or folder of tests that is not there; what follows any other option may be its value."""
    for before, argument in pairwise(["", *arguments]):
        value = before.startswith("-") and "=" not in before and not ALONE.fullmatch(before)
        if not argument.startswith("-") and not value and not Path(argument.partition("::")[0]).exists():
            return argument
    return None


def main() -> int:
    arguments = sys.argv[1:]
    if name := unknown(arguments):
        raise Plain(f"no file or folder {name} (TESTS= takes what pytest takes: host_tests/tls, host_tests/tls/test_faults.py -k word)")
    return int(pytest.main(arguments))


if __name__ == "__main__":
    sys.exit(command(main, "test"))
