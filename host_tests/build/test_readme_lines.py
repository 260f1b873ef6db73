"""The command lines of README.md and the manual that need no board, as they stand; and that each of them is run somewhere. Those for a
board are run in boards/test_readme.py.
"""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tools.build.places import ROOT
from tools.laboratory import pki
from tools.laboratory.peers.real import program
from tools.latchkey_tools import truststore

MANUAL = ("recipes", "keys", "trust", "sessions", "limits", "figures", "threats")
PAGES = "\n".join((ROOT / page).read_text() for page in ("README.md", *(f"firmware/manual/{name}.md" for name in MANUAL)))
COMMAND = r"(?:make|latchkey|mpremote|openssl|pipx|\.venv/bin/python) [^`\n#]*[^`\n# ]"
DEMOS = re.findall(r"^\| `(make demo [^`]*)`", PAGES, re.MULTILINE)
[_others] = re.findall(r"^Other faults are (.*)\.$", PAGES, re.MULTILINE)
FAULTS = [f"make demo FAULT={name}" for name in re.findall(r"`([\w-]+)`", _others)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with what the lines name, and the command as pipx installs it."""
    tool = tmp_path / "bin" / "latchkey"
    tool.parent.mkdir()
    tool.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m tools.latchkey_tools "$@"\n')
    tool.chmod(0o755)
    root = pki.root()
    (tmp_path / "cert.pem").write_bytes(root.pem)
    (tmp_path / "bundle.pem").write_bytes(root.pem + pki.root("other-root").pem)
    return tmp_path


def shell(line: str, folder: Path) -> str:
    environment = os.environ | {"PATH": f"{folder}/bin:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-euc", line], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def line(beginning: str) -> str:
    """The one line that begins so, with those that go on from it."""
    [found] = set(re.findall(rf"^    ({re.escape(beginning)}.*(?:\n     .*)*)$", PAGES, re.MULTILINE))
    return found


def test_the_line_about_pins_prints_the_digest_of_the_public_key(folder: Path) -> None:
    assert program("openssl", "openssl")
    key = pki.root().certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert shell(line("openssl x509 -in cert.pem"), folder).split()[-1] == hashlib.sha256(key).hexdigest()


def test_the_line_about_errors_explains_one(folder: Path) -> None:
    told = shell(line("latchkey explain"), folder)
    assert "unknown_ca" in told and "48" in told


def test_the_line_about_anchors_packs_them(folder: Path) -> None:
    shell(line("latchkey trust make"), folder)
    assert len(truststore.unpack((folder / "anchors.lk").read_bytes())) == 2


def demo(command: str) -> subprocess.CompletedProcess[str]:
    """`make demo` of a tree that is built: the Makefile hands the words on as they are."""
    words = dict(word.split("=") for word in command.split()[2:])
    return subprocess.run([sys.executable, "-m", "tools.laboratory.demo"], env=os.environ | words, capture_output=True, text=True, cwd=ROOT)


@pytest.mark.parametrize("command", ["make demo", *(command for command in DEMOS if "FAULT" not in command)])
def test_the_demo_shows_what_the_table_says(command: str) -> None:
    done = demo(command)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "got b'yekhctal\\n'" in done.stdout


# What a person is to read of each fault.
REFUSALS = {
    "expired": "no connection: certificate 0 has expired on ",
    "not-yet-valid": "no connection: certificate 0 is not valid before ",
    "wrong-name": "no connection: the server's certificate is for another name than localhost",
    "other-root": "neither among the trust anchors nor among what the server sent",
}


@pytest.mark.parametrize("command", sorted({*FAULTS, *(command for command in DEMOS if "FAULT" in command)}))
def test_the_demo_shows_how_a_refusal_reads(command: str) -> None:
    done = demo(command)
    assert done.returncode == 1 and REFUSALS[command.partition("FAULT=")[2]] in done.stdout + done.stderr, done.stdout + done.stderr
    assert "got b'" not in done.stdout


def test_the_makefile_hands_the_demos_words_on() -> None:
    makefile = (ROOT / "Makefile").read_text()
    words = {word.partition("=")[0] for command in DEMOS for word in command.split()[2:]}
    [exported] = re.findall(r"^export (.*)$", makefile, re.MULTILINE)
    [help_line] = re.findall(r"^demo: .*## (.*)$", makefile, re.MULTILINE)
    assert words == {"KEY", "CHIP", "ECDHE", "FAULT"} == set(re.findall(r"([A-Z]+)=", help_line))
    assert words <= set(exported.split())


# Where the lines are run that are not run here: the beginning of a line -> a file of tests, or why no test can.
ELSEWHERE = {
    "make build": "boards/test_readme.py",
    "make flash": "boards/test_readme.py",
    "mpremote": "boards/test_readme.py",
    "latchkey flash": "boards/test_readme.py",
    "latchkey psk": "chip/test_pre_shared_key.py",
    "latchkey provision": "commands/test_provision.py",
    "latchkey trust": "commands/test_scan.py",
    "latchkey bench": "commands/test_selftest.py",
    **{f"latchkey {name}": f"commands/test_{name}.py" for name in ("explain", "connect", "inspect", "selftest", "scan")},
    "openssl req": "x509/test_recipes.py",
    "openssl x509 -req": "x509/test_recipes.py",
    "openssl pkey": "build/test_readme_lines.py",
    "pipx install": "build/test_packages.py",
    "make size": "build/test_size.py",
    "make bench": "build/test_commands.py",
    ".venv/bin/python -m tools.bench.where": "build/test_bench_check.py",
    "make firmware BOARD=": "boards/test_manifests.py",
    "make randomness": "entropy/test_randomness.py",
    "make test": "it is what runs this",
    "make setup": "it is what this is run by",
    "make help": "build/test_commands.py",
}
HERE = ("make demo", "openssl x509 -in cert.pem", "latchkey explain", "latchkey trust make")


def test_every_command_line_of_the_readme_and_the_manual_is_run_by_a_test() -> None:
    blocks = "\n".join(re.findall(r"^```sh\n(.*?)^```$", PAGES, re.DOTALL | re.MULTILINE))
    lines = re.findall(rf"^ *({COMMAND})", blocks, re.MULTILINE) + re.findall(rf"^    ({COMMAND})", PAGES, re.MULTILINE)
    lines += re.findall(rf"`({COMMAND})`", PAGES)
    assert len(lines) > 40
    unknown = [line for line in lines if not line.startswith((*HERE, *ELSEWHERE))]
    assert unknown == []
    files = {file for file in ELSEWHERE.values() if file.endswith(".py")}
    assert [file for file in files if not (ROOT / "host_tests" / file).exists()] == []
