"""No verdict of the suite comes from what the machine has installed: not from its libraries and files, nor from the words of its programs.
What a run meets of it is named in its header.
"""

import ast
import re
import ssl
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from host_tests import versions
from tools.build.places import ROOT

# Who may look at what the machine has, and for what. Verdicts come from RFCs, from the project's vectors and from pinned packages.
OF_THE_MACHINE = {
    "import ssl": {"test_context.py", "reluctant.py", "reversing.py", "services.py", "versions.py"},  # servers; what the header says
    "/etc/": set(),
    "/usr/share": set(),
}
# What `openssl` is run for: to serve, to connect, to make keys and certificates and to change their form. It is asked for no opinion.
OPENSSL = {"s_server", "s_client", "version", "ec", "pkcs8", "pkey", "pkcs12", "x509"}
SERVERS = {"OpenSSL", "GnuTLS", "Nginx", "Mosquitto", "Tlslite"}
BY_NAME = {"program", "said"}
BY_LIST = {"subprocess.run", "subprocess.Popen", "subprocess.check_output", "watched", "run"}
# Not named: what installs, and does so once; what goes with another that is named.
UNNAMED = {"apt-get", "apt-config", "gnutls-cli", "nice", "setpriv"}


@cache
def sources(folder: str) -> list[tuple[Path, list[ast.AST]]]:
    """Each file with what it consists of, but for this one, and for what runs on a board, where ssl is the firmware's or ours."""
    paths = [path for path in (ROOT / folder).rglob("*.py") if path.name != Path(__file__).name and "device" not in path.parts]
    return [(path, list(ast.walk(ast.parse(path.read_text())))) for path in paths]


def text(node: ast.AST | None) -> str:
    """A string that is written out; "" of anything else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def test_no_verdict_comes_from_a_library_or_a_file_of_the_machine() -> None:
    for path, nodes in sources("host_tests"):
        said = {f"import {alias.name}" for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        said |= {text(node) for node in nodes}
        used = {what for what in OF_THE_MACHINE if any(text.startswith(what) for text in said)}
        assert [what for what in used if path.name not in OF_THE_MACHINE[what]] == [], path


def test_the_machines_openssl_is_asked_for_no_opinion() -> None:
    for path, nodes in sources("host_tests"):
        for node in nodes:
            if isinstance(node, ast.List) and len(node.elts) > 1 and "openssl" in ast.unparse(node.elts[0]):
                assert text(node.elts[1]) in {*OPENSSL, ""}, f"{path}: {ast.unparse(node)}"


def test_no_real_server_has_to_refuse_by_a_certain_alert() -> None:
    for path, nodes in sources("host_tests"):
        for function in (node for node in nodes if isinstance(node, ast.FunctionDef)):
            inside = list(ast.walk(function))
            if SERVERS.isdisjoint(node.id for node in inside if isinstance(node, ast.Name)):
                continue
            wanted = [
                node for node in inside if text(node) == "ALERT_RECEIVED" or (isinstance(node, ast.Attribute) and node.attr == "alert")
            ]
            assert wanted == [], f"{path}:{function.lineno}: {function.name}"


# What the header says


def started() -> Iterator[tuple[str, Path]]:
    """The programs that are started by their names."""
    for path, nodes in [*sources("host_tests"), *sources("tools/laboratory"), *sources("tools/build")]:
        if path.parent.name == "peers" and path.stem in {"erlang", "go", "jsse", "nss", "wolfssl"}:  # of `make interop` alone
            continue
        for call in (node for node in nodes if isinstance(node, ast.Call) and node.args):
            how, first = ast.unparse(call.func), call.args[0]
            if how in BY_LIST and isinstance(first, ast.List):
                yield text(first.elts[0]), path
            elif how in BY_NAME:
                yield text(first), path


def test_every_program_that_is_started_is_named_with_its_version() -> None:
    named = {*versions.PEERS_MET, *versions.PROGRAMS, *UNNAMED, "gnutls-serv"}
    found = {name: path for name, path in started() if name and name[0].islower()}
    assert {"openssl", "haproxy", "tshark", "cc", "bash"} <= found.keys()
    assert {name: path for name, path in found.items() if name not in named} == {}


def test_compilers_assemblers_and_emulators_are_named() -> None:
    for core in ("arm-none-eabi", "riscv64-unknown-elf", "xtensa-lx106-elf"):
        assert {core + "-gcc", core + "-as"} <= set(versions.PROGRAMS)
    assert {"qemu-system-arm", "qemu-system-riscv32", "qemu-system-xtensa"} <= set(versions.PROGRAMS)


def test_the_header_has_a_version_of_all_that_is_installed() -> None:
    met = versions.all_met()
    assert [name for name, version in met.items() if not re.match(r"\d+\.\d|none$", version)] == []
    assert met["Python's ssl"] == ssl.OPENSSL_VERSION.split()[1] and met["openssl"] != "none"
    assert versions.shown({"a": "1.2", "b": "none"}) == "a 1.2, b none"


def test_what_is_not_installed_is_none_and_what_says_no_version_a_question(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "make").write_text("#!/bin/sh\necho make of its own\n")
    (tmp_path / "make").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert [versions.answer(lambda name=name: versions.of(name)) for name in ("tshark", "make")] == ["none", "?"]
