"""The parts that latchkey is installed in: what each holds, that the core connects by itself, that what is missing is named, and that mip,
on the device and from the PC, installs them and does not fetch what is there."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from host_tests.callers import services
from host_tests.x509.test_stapling import response
from tools.bench import size
from tools.build import interpreter, mpy, parts
from tools.build.places import BUILD
from tools.build.places import ROOT as PAGES
from tools.laboratory import pki
from tools.laboratory.micropython_process import micropython_process
from tools.laboratory.peers.real import OpenSSL

ROOT, SERVER, DEVICE = pki.demo()
ARCH = interpreter.find().arch
INDEX = BUILD / "mip"
OF_OUR_OWN = pytest.mark.parametrize("name", [ARCH, ARCH + mpy.SMALL])


@pytest.fixture(scope="module", autouse=True)
def built() -> None:
    for arch in (ARCH, "armv7emsp"):
        mpy.build(arch)


def folder(name: str) -> Path:
    return BUILD / "mpy" / name


def install(name: str, into: Path, *chosen: str) -> Path:
    """The files of parts, as mip puts them there."""
    for part in chosen:
        package = json.loads((folder(name) / ("package.json" if part == "core" else f"{part}.json")).read_text())
        for target, url in package["urls"]:
            (into / target).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(folder(name) / url, into / target)
    return into


def run(path: Path, code: str, *arguments: object) -> str:
    """A program that has nothing on its path but `path`."""
    line = [interpreter.find().path, "-c", code, *map(str, arguments)]
    done = subprocess.run(line, env={"MICROPYPATH": f"{path}:.frozen"}, capture_output=True, text=True)
    return done.stdout + done.stderr


@pytest.mark.parametrize("name", [ARCH, ARCH + mpy.SMALL, "armv7emsp", "armv7emsp-small"])
def test_every_file_is_in_a_part_and_every_url_is_relative_and_there(name: str) -> None:
    held = set()
    for path in folder(name).glob("[!.]*.json"):
        package = json.loads(path.read_text())
        assert "deps" not in package
        for target, url in package["urls"]:
            assert target == url and ".." not in url and "//" not in url and (folder(name) / url).is_file()
        if path.stem != "all":
            held |= {target for target, _ in package["urls"]}
    assert held == {str(path.relative_to(folder(name))) for path in (folder(name) / "latchkey").rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", [ARCH, ARCH + mpy.SMALL, "armv7emsp", "armv7emsp-small"])
def test_the_index_has_every_part_and_the_files_that_its_hashes_name(name: str) -> None:
    for path in folder(name).glob("[!.]*.json"):
        part = "core" if path.stem == "package" else path.stem
        package = json.loads((INDEX / "package" / "6" / f"latchkey-{name}-{part}" / "latest.json").read_text())
        assert [target for target, _ in package["hashes"]] == [target for target, _ in json.loads(path.read_text())["urls"]]
        for target, short in package["hashes"]:
            assert (INDEX / "file" / short[:2] / short).read_bytes() == (folder(name) / target).read_bytes()


def test_the_index_keeps_no_file_that_no_package_names_any_more(tmp_path: Path) -> None:
    for content in (b"M\x06first", b"M\x06second"):
        (tmp_path / "latchkey/errors_text").mkdir(parents=True, exist_ok=True)
        (tmp_path / "latchkey/__init__.mpy").write_bytes(content)
        parts.write(tmp_path, "bytecode", "bytecode", tmp_path / "index")
    assert [path.read_bytes() for path in (tmp_path / "index/file").rglob("*") if path.is_file()] == [b"M\x06second"]


CONNECT = """
import socket, sys, latchkey
context = latchkey.SSLContext()
context.load_verify_locations(sys.argv[2] + "/root.pem")
{before}
s = socket.socket()
s.connect(socket.getaddrinfo("127.0.0.1", int(sys.argv[1]))[0][-1])
tls = context.wrap_socket(s, server_hostname="localhost")
tls.write(b"hello\\n")
print(tls.readline(), tls.cipher()[0], context.get_ciphers(), context.key_agreement.groups)
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pki")
    ROOT.write(path)
    DEVICE.write(path)
    ROOT.leaf("rsa", kind="rsa2048").write(path)
    ROOT.leaf("p384", kind="p384").write(path)
    return path


@OF_OUR_OWN
def test_the_core_connects_by_itself_and_offers_what_is_there(name: str, tmp_path: Path, files: Path) -> None:
    with OpenSSL(SERVER, client_ca=ROOT, options=["-rev"]) as peer:
        key = 'context.load_cert_chain(sys.argv[2] + "/device.pem", sys.argv[2] + "/device.key")'
        told = run(install(name, tmp_path, "core"), CONNECT.format(before=key), peer.port, files)
    suites = ("AES_128_GCM_SHA256", "AES_256_GCM_SHA384")
    names = [f"TLS_ECDHE_{kind}_WITH_{suite}" for suite in suites for kind in ("ECDSA", "RSA")]
    assert told == f"b'olleh\\n' {names[0]} {names} (23,)\n"
    everything = run(
        install(name, tmp_path, "all"), "import latchkey\nc = latchkey.SSLContext()\nprint(len(c.get_ciphers()), c.key_agreement)"
    )
    assert everything.startswith("6 ")


@pytest.mark.parametrize(
    ("code", "part"),
    [
        ("from latchkey.secure_element import ATECC", "chip"),
        ("latchkey.secure_element.probe", "chip"),
        ("import latchkey.doctor", "doctor"),
        ("import latchkey.certificate_request", "certificate_request"),
        ("import latchkey.stores", "stores"),
        ("latchkey.SSLContext().load_cert_chain(FILES + '/rsa.pem', FILES + '/rsa.key')", "rsa_sign"),
        ("latchkey.SSLContext().load_cert_chain(FILES + '/p384.pem', FILES + '/p384.key')", "p384"),
        ("c = latchkey.SSLContext()\nc.psk_identity = 'a'\nc.psk_key = bytes(range(16))\nc.wrap_socket(None)", "psk"),
    ],
)
@OF_OUR_OWN
def test_what_is_missing_is_named(name: str, code: str, part: str, tmp_path: Path, files: Path) -> None:
    code = f"import latchkey, latchkey.secure_element\nFILES = {str(files)!r}\n{code}"
    told = run(install(name, tmp_path, "core"), code)
    assert "ImportError: no module named 'latchkey." in told
    assert f".{part}'\n" in told or f"latchkey's part {part} is not installed here" in told
    assert "ImportError" not in run(install(name, tmp_path, "core", part), code)


@pytest.mark.parametrize(
    ("before", "server", "part"),
    [
        ("context.ocsp = True", {}, "ocsp"),
        ("context.set_ciphers('ECDHE-ECDSA-CHACHA20-POLY1305')", {}, "chacha20poly1305"),
        ("context.set_ciphers('ECDHE-ECDSA-AES128-CCM')", {"cipher": "ECDHE-ECDSA-AES128-CCM"}, "ccm"),
        ("context.set_ciphers('ECDHE-ECDSA-AES128-SHA256')", {"cipher": "ECDHE-ECDSA-AES128-SHA256"}, "block_cipher"),
    ],
)
@OF_OUR_OWN
def test_what_a_handshake_misses_is_named(name: str, before: str, server: dict, part: str, tmp_path: Path, files: Path) -> None:
    (files / "staple.der").write_bytes(response(SERVER))
    with OpenSSL(SERVER, options=["-rev", "-status_file", str(files / "staple.der")], **server) as peer:
        told = run(install(name, tmp_path, "core"), CONNECT.format(before=before), peer.port, files)
        assert f"latchkey's part {part} is not installed here" in told
        told = run(install(name, tmp_path, "core", part), CONNECT.format(before=before), peer.port, files)
        assert told.startswith("b'olleh\\n'"), told


@OF_OUR_OWN
def test_a_name_that_nobody_ever_had_is_an_attribute_error(name: str, tmp_path: Path) -> None:
    told = run(install(name, tmp_path, "core", "chip"), "from latchkey import secure_element\nsecure_element.nonsense")
    assert "AttributeError: nonsense" in told


@OF_OUR_OWN
def test_each_part_says_that_the_core_is_missing(name: str, tmp_path: Path) -> None:
    for part in parts.files(folder(name), ARCH).keys() - {"core", "all"}:
        told = run(install(name, tmp_path / part, part), "import latchkey\nlatchkey.SSLContext()")
        assert "ImportError: no module named 'latchkey." in told, (part, told)


def test_the_sentences_are_a_part_without_which_errors_have_their_numbers(tmp_path: Path) -> None:
    code = "from latchkey.errors import Fault\nprint(Fault(500))"
    assert run(install(ARCH, tmp_path, "core"), code) == "cause 500\n"
    assert len(run(install(ARCH, tmp_path, "core", "doctor"), code)) > 30


MIP = """
import sys, latchkey
port, root, target = sys.argv[1:4]
latchkey.install(root + "/root.pem")
import mip
for part in sys.argv[4:]:
    mip.install("latchkey-{arch}-" + part, index="https://localhost:" + port, target=target)
"""


@pytest.fixture
def served() -> Iterator[int]:
    with services.https(SERVER, {f"/{path.relative_to(INDEX)}": path.read_bytes() for path in INDEX.rglob("*") if path.is_file()}) as port:
        yield port


@pytest.mark.parametrize("small", ["", mpy.SMALL])
def test_mip_on_the_device_installs_parts_from_the_index_and_skips_what_is_there(
    small: str, served: int, tmp_path: Path, files: Path
) -> None:
    target = tmp_path / "lib"
    script = MIP.format(arch=ARCH + small)
    done = micropython_process(script, [served, files, target, "core", "chip"], heapsize="4M", timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(walk(target)) == set(walk(install(ARCH + small, tmp_path / "copied", "core", "chip")))
    again = micropython_process(script, [served, files, target, "core"], heapsize="4M", timeout=300)
    assert again.returncode == 0 and "Exists: " in again.stdout and "Copying: " not in again.stdout, again.stdout + again.stderr
    (target / "latchkey/context.mpy").write_bytes(b"old")
    again = micropython_process(script, [served, files, target, "core"], heapsize="4M", timeout=300)
    assert again.stdout.count("Copying: ") == 1, again.stdout


def walk(path: Path) -> dict[str, bytes]:
    return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()}


def test_the_doctor_says_which_files_are_not_the_builds(tmp_path: Path) -> None:
    report = "import latchkey\nlatchkey.doctor.report()"
    install(ARCH, tmp_path, "core", "doctor", "ocsp")
    assert "\nfiles: core, doctor, ocsp\n" in run(tmp_path, report)
    for name in ("data", "binding", "trace", "polling", "as_ssl"):
        (tmp_path / f"latchkey/{name}.mpy").write_bytes(b"other")
    (tmp_path / "latchkey/loading.mpy").unlink()
    (tmp_path / "latchkey/installing.py").write_text("")
    told = run(tmp_path, report)
    assert "! as_ssl.mpy binding.mpy data.mpy polling.mpy and 1 more not as built: install latchkey anew\n" in told
    assert "! loading.mpy not there: install latchkey anew\n" in told
    assert "! installing.py in the way of .mpy files of the same name: to be removed\n" in told
    (tmp_path / "latchkey/files.txt").unlink()
    assert "files: not compared" in run(tmp_path, report)


def test_sizes_of_parts_are_said_and_kept() -> None:
    told = size.parts_table(["armv7emsp", "armv7emsp-small"])
    kept = json.loads((BUILD / "size.json").read_text())
    for part in (*parts.names(), "all"):
        assert kept["armv7emsp"][part]["bytes"] > 0
        assert any(line.split()[0] == part and str(kept["armv7emsp"][part]["bytes"]) in line for line in told.splitlines())


def test_the_readme_has_the_sizes() -> None:
    rows = re.findall(r"^\| `([a-z0-9._]+)`(?:, the core)? \| (\d+) \|", (PAGES / "README.md").read_text(), re.MULTILINE)
    said = {"core" if name == "package.json" else name: int(kb) for name, kb in rows}
    found = {part: own["bytes"] / 1000 for part, own in parts.sizes(folder("armv7emsp"), "armv7emsp").items()}
    assert said.keys() == found.keys()
    assert all(abs(found[part] - kb) < 1 + 0.03 * kb for part, kb in said.items()), found
