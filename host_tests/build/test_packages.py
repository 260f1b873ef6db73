"""What a user may take away from the clone, each a folder: the user's tools, the simulated chip."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[2] / "tools"

# Imports every module of the package that lies in the current folder, where nothing else of the project can be imported.
IMPORT_ALL = """
import importlib, pkgutil, sys
class Nothing:
    def find_spec(name, *_):
        if name.partition(".")[0] in ("tools", "host_tests"):
            raise ImportError(f"{name}: only in the clone")
sys.meta_path.insert(0, Nothing)
package = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(package.__path__, sys.argv[1] + "."):
    if not module.name.endswith("__main__"):
        print(importlib.import_module(module.name).__name__)
"""


@pytest.mark.parametrize("folder", ["latchkey_tools", "laboratory/atecc_simulator"])
def test_a_package_for_users_needs_nothing_of_the_clone(folder: str, tmp_path: Path) -> None:
    name = Path(folder).name
    shutil.copytree(TOOLS / folder, tmp_path / name)
    done = subprocess.run([sys.executable, "-c", IMPORT_ALL, name], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    expected = {".".join((name, *path.relative_to(TOOLS / folder).with_suffix("").parts)) for path in (TOOLS / folder).rglob("*.py")}
    expected = {module.removesuffix(".__init__") for module in expected if not module.endswith("__main__") and ".device." not in module}
    assert {name, *done.stdout.split()} == expected


def test_the_simulator_runs_where_it_was_taken(tmp_path: Path) -> None:
    """By a Python that has `cryptography`, and nothing of the clone: what .pth files name is not on its path."""
    shutil.copytree(TOOLS / "laboratory" / "atecc_simulator", tmp_path / "atecc_simulator")
    environment = {**os.environ, "PYTHONPATH": sysconfig.get_paths()["purelib"]}
    line = [sys.executable, "-S", "-m", "atecc_simulator", "--help"]
    done = subprocess.run(line, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0 and "--tcp HOST:PORT" in done.stdout, done.stderr
