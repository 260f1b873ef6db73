"""Certificates as the usual recipes of openssl make them, and the one of README.md: what is accepted, and what is said of the others."""

import re
import subprocess
import time
from pathlib import Path

import pytest

from tools import interpreter
from x509_cases import as_expected, chain, judge

pytestmark = pytest.mark.targets("unix")

CA = """
openssl req -new -x509 -days 365 -extensions v3_ca -nodes -newkey rsa:2048 -keyout ca.key -out ca.crt -subj /CN=MyCA
openssl req -new -nodes -newkey rsa:2048 -keyout server.key -out server.csr -subj /CN=broker.lan
"""
SIGN = "openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out server.crt -days 365"
SELF = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 -keyout server.key -out server.crt -subj /CN=x"


def signed(*extensions: str) -> str:
    return CA + "printf '%s\\n' " + " ".join(f"'{e}'" for e in extensions) + f" > extensions\n{SIGN} -extfile extensions"


NAME, ADDRESS = "subjectAltName=DNS:broker.lan", "subjectAltName=IP:192.168.1.10"
SERVER = ("keyUsage=critical,digitalSignature,keyEncipherment", "extendedKeyUsage=serverAuth")
INTERMEDIATE = """
openssl req -new -nodes -newkey rsa:2048 -keyout inner.key -out inner.csr -subj /CN=Inner
printf '%s\\n' 'basicConstraints=critical,CA:true,pathlen:0' 'keyUsage=critical,keyCertSign,cRLSign' 'subjectKeyIdentifier=hash' \
    'authorityKeyIdentifier=keyid' 'nameConstraints=critical,permitted;DNS:.lan,permitted;IP:192.168.0.0/255.255.0.0' > inner
openssl x509 -req -in inner.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out inner.crt -days 365 -extfile inner
openssl x509 -req -in server.csr -CA inner.crt -CAkey inner.key -CAcreateserial -out server.crt -days 365 -extfile extensions
cat inner.crt ca.crt >> server.crt
"""

# What is made, the host, the verdict by the Web PKI's rules, that by RFC 5280 alone.
RECIPES = {
    "mosquitto's manual": (CA + SIGN, "broker.lan", "NO_NAMES", "NO_NAMES"),
    "mosquitto's manual with a name": (signed(NAME), "broker.lan", "LEAF_EXTENDED_KEY_USAGE_MISSING", "accept CHAIN"),
    "easy-rsa's": (
        signed(NAME, *SERVER, "subjectKeyIdentifier=hash", "authorityKeyIdentifier=keyid,issuer:always"),
        "broker.lan",
        "AUTHORITY_KEY_IDENTIFIER_FORM",
        "accept CHAIN",
    ),
    "an address alone": (signed(ADDRESS, *SERVER, "authorityKeyIdentifier=keyid"), "192.168.1.10", "accept CHAIN", "accept CHAIN"),
    "another name": (signed(NAME, *SERVER, "authorityKeyIdentifier=keyid"), "broker", "HOST_MISMATCH", "HOST_MISMATCH"),
    "an address for a name": (signed(NAME, *SERVER, "authorityKeyIdentifier=keyid"), "192.168.1.10", "HOST_MISMATCH", "HOST_MISMATCH"),
    "self-signed, which makes a CA": (f"{SELF} -addext {NAME}\ncp server.crt ca.crt", "broker.lan", "LEAF_IS_CA", "accept CHAIN"),
    "self-signed for a server alone": (
        f"{SELF} -addext {ADDRESS} -addext basicConstraints=critical,CA:FALSE -addext {SERVER[1]}\ncp server.crt ca.crt",
        "192.168.1.10",
        "accept CHAIN",
        "accept CHAIN",
    ),
    "a constrained intermediate, the root sent too": (
        signed(NAME, *SERVER, "authorityKeyIdentifier=keyid") + INTERMEDIATE,
        "broker.lan",
        "accept CHAIN",
        "accept CHAIN",
    ),
    "a constrained intermediate beyond its blocks": (
        signed("subjectAltName=IP:10.0.0.1", *SERVER, "authorityKeyIdentifier=keyid") + INTERMEDIATE,
        "10.0.0.1",
        "NAME_NOT_PERMITTED",
        "NAME_NOT_PERMITTED",
    ),
}
README = re.findall(r"```sh\n(openssl req -x509.*?)```", (interpreter.ROOT / "README.md").read_text(), re.DOTALL)


def verdicts(target, folder: Path, commands: str, host: str) -> list[str]:
    """Of what the commands leave in server.crt and ca.crt, by both profiles."""
    subprocess.run(["bash", "-euc", commands], cwd=folder, check=True, capture_output=True)
    sent, [anchor] = (
        [
            subprocess.run(["openssl", "x509", "-outform", "der"], input=pem, capture_output=True, check=True).stdout
            for pem in re.findall(rb"-----BEGIN.*?-----END CERTIFICATE-----\n", (folder / name).read_bytes(), re.DOTALL)
        ]
        for name in ("server.crt", "ca.crt")
    )
    items = [chain(*sent, anchors=(anchor,), real=True, host=host, profile=profile, now=int(time.time())) for profile in (0, 1)]
    return judge(target, items, (4096,))


@pytest.mark.parametrize("name", RECIPES)
def test_recipe(target, tmp_path: Path, name: str) -> None:
    commands, host, *expected = RECIPES[name]
    told = verdicts(target, tmp_path, commands, host)
    assert all(map(as_expected, told, expected)), f"{told}, not {expected}"


def test_the_recipe_of_the_readme_is_accepted_by_either_profile(target, tmp_path: Path) -> None:
    [commands] = README
    for host in ("broker.plant.example", "192.168.1.10"):
        assert [told.split()[:2] for told in verdicts(target, tmp_path, commands, host)] == [["accept", "CHAIN"]] * 2
