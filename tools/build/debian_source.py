"""Packages and source packages from the Debian archive, by apt.

`install()` installs what is missing, if it may. `fetch()` unpacks the source package of another suite than the machine's
own: apt runs with a private configuration (its own lists, its own cache), derived from the machine's sources by
exchanging the suite, so that the system's configuration stays untouched. apt checks signature and digests.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from pathlib import Path

from tools.build.plain import Missing
from tools.build.watched import watched

SUITE = "trixie"
_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_STABLE_NAMES = ("stable", "oldstable", "oldoldstable", "testing", "unstable", "sid")


def release() -> dict[str, str]:
    """The fields of /etc/os-release."""
    try:
        lines = Path("/etc/os-release").read_text().splitlines()
    except OSError:
        return {}
    return {name: value.strip('"') for name, _, value in (line.partition("=") for line in lines)}


def may_install() -> bool:
    """Whether this process can install Debian packages: root, on Debian."""
    return os.geteuid() == 0 and release().get("ID") == "debian" and shutil.which("apt-get") is not None


def install(packages: list[str], wanted: bool = True) -> None:
    """Install `packages` if that is wanted and possible, else raise Missing with their names."""
    line = "apt-get install " + " ".join(packages)
    if not (wanted and may_install()):
        raise Missing(f"missing: {line}")
    print("installing " + " ".join(packages), flush=True)
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    status, _ = watched(command, line, _step, env=environment)
    if status:  # its lists may be old
        watched(["apt-get", "update"], "apt-get update")
        status, said = watched(command, line, _step, env=environment)
        if status:
            raise Missing(f"missing, and not to be had by {line}: {_last(said)}")


def _step(line: str) -> str | None:
    """How far apt-get is, by a line of its."""
    return " ".join(line.split()[:2]).lower() if line.startswith(("Get:", "Unpacking", "Setting up")) else None


def _last(said: str) -> str:
    """What apt gives as its reason."""
    lines = [line for line in said.splitlines() if line.startswith("E:")] or said.splitlines() or ["it said nothing"]
    return lines[-1]


def archive() -> str:
    """The address of the Debian archive that this machine's apt uses."""
    codename = release().get("VERSION_CODENAME", "")
    listing = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for line in listing.splitlines():
        address, suite, component = line.split()
        if component == "main" and suite in (codename, *_STABLE_NAMES):
            return address
    raise Missing(f"missing: a Debian archive among apt's sources (for the suite {SUITE})")


def private_apt(folder: Path) -> dict[str, str]:
    """Write apt's private configuration to `folder`; return the environment that makes apt read it."""
    for name in ("lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    signed_by = f"Signed-By: {_KEYRING}\n" if _KEYRING.exists() else ""
    sources = folder / "archive.sources"
    sources.write_text(f"Types: deb-src\nURIs: {archive()}\nSuites: {SUITE}\nComponents: main\n{signed_by}")
    configuration = folder / "apt.conf"
    configuration.write_text(
        f'Dir::Etc::sourcelist "{sources}";\nDir::Etc::sourceparts "-";\n'
        f'Dir::State::lists "{folder}/lists";\nDir::State::status "/dev/null";\nDir::Cache "{folder}/cache";\n'
        'APT::Sandbox::User "root";\n'
    )
    return {**os.environ, "APT_CONFIG": str(configuration)}


def fetch(package: str, folder: Path, only: tuple[str, ...] = ("",)) -> Path:
    """The upstream tree of a source package, unpacked below `folder` once: no patch of Debian's is applied. `only`: folders of the
    tree, where they are all that is wanted of it.
    """
    target = folder / package
    if target.exists():
        return target
    if release().get("ID") != "debian" and not _KEYRING.exists():
        raise Missing(f"missing: a Debian machine (for its source package {package})")
    print(f"fetching the source package {package} of Debian {SUITE}", flush=True)
    environment = private_apt(folder.resolve() / "apt")
    for command in (["update"], ["source", "--download-only", "--only-source", package]):
        status, said = watched(
            ["apt-get", "-q", "-o", "APT::Update::Error-Mode=any", *command], f"apt-get {command[0]}", cwd=folder, env=environment
        )
        if status:
            raise Missing(f"missing: the source package {package} of Debian {SUITE}, for apt-get {command[0]} failed: {_last(said)}")
    (tarball,) = folder.glob(f"{package}_*.orig.tar.*z*")
    scratch = folder / f"{package}.unpacking"
    shutil.rmtree(scratch, ignore_errors=True)
    with tarfile.open(tarball) as tar:
        tar.extraction_filter = getattr(tarfile, "data_filter", None)  # Python before 3.11.4 has none
        tar.extractall(scratch, [member for member in tar if member.name.partition("/")[2].startswith(only)])
    (tree,) = scratch.iterdir()
    tree.rename(target)
    scratch.rmdir()
    return target
