"""latchkey in the place of the firmware's `tls` and `ssl`: what its callers meet, and that none is unverified without being told so. The
cases are in device/install_cases.py."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from host_tests.callers.cases import run
from host_tests.peers.reversing import reversing
from host_tests.targets import Target
from tools.build.places import FIRMWARE
from tools.laboratory import pki
from tools.laboratory.peers.real import free_port
from tools.latchkey_tools import truststore

ROOT, SERVER, DEVICE = pki.demo()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's files, another root, public roots that were installed, a module that took `tls` before, the file for bare firmware."""
    path = tmp_path_factory.mktemp("install")
    ROOT.write(path)
    DEVICE.write(path)
    pki.root("other-root").write(path)
    ROOT.leaf("served", dns=["localhost"], ip=["127.0.0.1"]).write(path)
    (path / "roots").mkdir()
    (path / "roots" / "latchkey_roots.lk").write_bytes(truststore.pack([truststore.anchor_of(ROOT.der)]))
    shutil.copytree(FIRMWARE / "without_ssl", path / "without_ssl")
    (path / "loaded_before.py").write_text("from tls import SSLContext\nimport ssl\n")
    (path / "port").write_text(str(free_port()))
    return path


@pytest.fixture(scope="module")
def peer() -> Iterator[int]:
    with reversing(SERVER) as port:
        yield port


def told(case: str, peer: int, files: Path) -> list[str]:
    lines = run("install_cases", case, peer, files, cwd=files)
    return [line for line in lines if line.startswith("latchkey:")]


@pytest.mark.parametrize(
    "case",
    [
        "whoever_turns_verification_off_is_verified_all_the_same",
        "sessions_are_resumed_for_whoever_turns_verification_off_and_mean_what_was_verified",
        "anchors_of_a_callers_own_take_the_place_of_those_that_were_installed",
        "it_is_what_both_names_import_until_it_is_uninstalled",
        "without_anchors_nothing_is_installed_and_it_is_said_how_to_find_the_root",
        "public_roots_that_are_installed_are_used_and_named_ones_go_before",
        "servers_are_the_firmwares_own",
        "without_a_tls_of_the_firmwares_a_server_is_a_sentence",
        "the_file_for_firmware_without_ssl_verifies_or_says_what_is_missing",
        "the_firmwares_own_ssl_works_over_latchkey_as_tls",
        "a_write_takes_a_place_and_a_length",
    ],
)
def test_installed(case: str, peer: int, files: Path) -> None:
    assert told(case, peer, files) == []


def test_cert_none_is_honoured_for_the_servers_that_were_named_and_said_each_time(peer: int, files: Path) -> None:
    said = told("cert_none_is_honoured_for_the_servers_that_were_named_and_said_each_time", peer, files)
    assert said == ["latchkey: the connection to localhost is UNVERIFIED, as install() was told"] * 3


def test_an_ssl_that_was_loaded_before_is_reached_and_what_is_not_is_named(peer: int, files: Path) -> None:
    said = told("an_ssl_that_was_loaded_before_is_reached_and_what_is_not_is_named", peer, files)
    assert said == ["latchkey: loaded_before was loaded before install(), and keeps the firmware's own tls"]


def test_what_it_was_given_each_context_begins_with(peer: int, files: Path) -> None:
    lines = run("install_cases", "what_it_was_given_each_context_begins_with", peer, files)
    assert lines[0] == SERVER.der.hex()


@pytest.mark.targets("unix")
def test_a_star_brings_the_names_that_ssl_has(target: Target) -> None:
    """Where the firmware looks at `__all__`; older ones give only what a module has by itself, as as_ssl.py has all of it."""
    code = """
import latchkey
from latchkey import *
print(SSLContext is TLSContext is latchkey.SSLContext, PROTOCOL_TLS_CLIENT, PROTOCOL_TLS_SERVER, CERT_NONE, CERT_OPTIONAL, CERT_REQUIRED)
print(all([hasattr(latchkey, name) for name in latchkey.__all__]), TLSError, wrap_socket is latchkey.wrap_socket)
"""
    assert target.exec(code).splitlines() == ["True 0 1 0 1 2", "True <class 'TLSError'> True"]


def test_on_a_board_it_is_tls_and_ssl_and_verifies(target: Target) -> None:
    """Its firmware has a `tls`, and no `ssl`."""
    code = f"""
import latchkey
latchkey.install(cadata={ROOT.der!r}, receive_buffer=512, send_buffer=1024)
import tls, ssl
class Silent:
    def write(self, data):
        raise Exception("something was sent")
    readinto = write
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.verify_mode = tls.CERT_NONE
try:
    context.wrap_socket(Silent())
except latchkey.TLSError as e:
    print(e)
print(type(tls.SSLContext(tls.PROTOCOL_TLS_SERVER)) is latchkey.SSLContext)
latchkey.uninstall()
import tls
print(isinstance(tls.SSLContext(tls.PROTOCOL_TLS_CLIENT), latchkey.SSLContext))
"""
    lines = target.exec(code).splitlines()
    assert lines[0].startswith("no name to verify") and lines[1:] == ["False", "False"], lines
