"""Certificates as the usual recipes of openssl make them.

    .venv/bin/python host_tests/x509/recipes.py     adds what this machine's openssl makes to vectors/recipes.json

They are recorded, because what the same commands make changes with OpenSSL's releases (3.2 and later add key identifiers) and with
/etc/ssl/openssl.cnf. A day of their validity is recorded with them.
"""

import base64
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

VECTORS = Path(__file__).parent / "vectors" / "recipes.json"

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
    "self-signed, which makes a CA": (f"{SELF} -addext {NAME}\ncp server.crt ca.crt", "broker.lan", "accept CHAIN", "accept CHAIN"),
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


def made(commands: str, folder: Path) -> tuple[list[bytes], bytes]:
    """What the commands leave in server.crt and ca.crt, in DER: what the server sends, and the anchor."""
    subprocess.run(["bash", "-euc", commands], cwd=folder, check=True, capture_output=True)
    sent, [anchor] = (
        [
            subprocess.run(["openssl", "x509", "-outform", "der"], input=pem, capture_output=True, check=True).stdout
            for pem in re.findall(rb"-----BEGIN.*?-----END CERTIFICATE-----\n", (folder / name).read_bytes(), re.DOTALL)
        ]
        for name in ("server.crt", "ca.crt")
    )
    return sent, anchor


def recorded() -> dict[str, dict]:
    """By the version that made them."""
    return json.loads(VECTORS.read_text())


def main() -> int:
    version = " ".join(subprocess.run(["openssl", "version"], capture_output=True, text=True, check=True).stdout.split()[:2])
    chains = {}
    for name, (commands, *_) in RECIPES.items():
        with tempfile.TemporaryDirectory() as folder:
            sent, anchor = made(commands, Path(folder))
            chains[name] = [base64.b64encode(der).decode() for der in (*sent, anchor)]
    found = {**(recorded() if VECTORS.exists() else {}), version: {"now": int(time.time()), "chains": chains}}
    VECTORS.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
    print(f"recipes: {len(chains)} chains by {version}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
