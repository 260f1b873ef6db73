"""What `make test` runs: pytest, after a look at what it was asked for.

Of a name that is none pytest would say that it does not know the options of host_tests/conftest.py, which it finds by the tests' place.
"""

import sys
from itertools import pairwise
from pathlib import Path

import pytest

from tools.build.plain import Plain, command


def unknown(arguments: list[str]) -> str | None:
    """A file or folder of tests that is not there; what follows an option may be its value."""
    for before, argument in pairwise(["", *arguments]):
        if (
            not argument.startswith("-")
            and (not before.startswith("-") or "=" in before)
            and not Path(argument.partition("::")[0]).exists()
        ):
            return argument
    return None


def main() -> int:
    arguments = sys.argv[1:]
    if name := unknown(arguments):
        raise Plain(f"no file or folder {name} (TESTS= takes what pytest takes: host_tests/tls, host_tests/tls/test_faults.py -k word)")
    return int(pytest.main(arguments))


if __name__ == "__main__":
    sys.exit(command(main, "test"))
