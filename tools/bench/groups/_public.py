"""Handshakes with chains as public CAs issue them today, in instructions on an emulated core: two certificates sent, below a root.

Their extensions are those of such certificates, in number and size: where the issuer's certificate and its CRL are, a policy, and in the
leaf the timestamps of two logs (SCTs).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from tools.bench.groups._board import BOARD, session
from tools.build import firmware
from tools.laboratory import pki
from tools.laboratory.peers.real import OpenSSL
from tools.latchkey_tools.der import tlv

TIMESTAMPS = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
SIZE_OF_TIMESTAMPS = 240  # of two logs (RFC 6962 section 3.3)


class Chain(NamedTuple):
    """Kinds of keys, and the hashes that the root signs by and the intermediate."""

    root: str
    intermediate: str
    leaf: str
    root_hash: str
    intermediate_hash: str
    how: str


CHAINS = {
    "public_chain_p384": Chain("p384", "p384", "p256", "sha384", "sha384", "P-256 below P-384 below a P-384 root"),
    "public_chain_p384_rsa_root": Chain("rsa4096", "p384", "p256", "sha256", "sha384", "P-256 below P-384 below an RSA-4096 root"),
    "public_chain_rsa": Chain("rsa2048", "rsa2048", "rsa2048", "sha256", "sha256", "RSA-2048 below RSA-2048 below an RSA-2048 root"),
}


def extensions(issuer: str) -> list[tuple[x509.ExtensionType, bool]]:
    """What both certificates say beside what pki gives every one."""
    access = x509.AccessDescription(
        AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(f"http://{issuer}.i.public-ca.example/")
    )
    place = x509.DistributionPoint([x509.UniformResourceIdentifier(f"http://{issuer}.c.public-ca.example/123.crl")], None, None, None)
    policy = x509.PolicyInformation(x509.ObjectIdentifier("2.23.140.1.2.1"), None)  # domain validated
    return [
        (x509.AuthorityInformationAccess([access]), False),
        (x509.CRLDistributionPoints([place]), False),
        (x509.CertificatePolicies([policy]), False),
    ]


def credential(chain: Chain) -> pki.Credential:
    """The leaf for localhost, with all above it."""
    usages = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH])
    timestamps = x509.UnrecognizedExtension(TIMESTAMPS, tlv(4, bytes(SIZE_OF_TIMESTAMPS)))
    root = pki.root("public-root", kind=chain.root)
    above = root.authority(
        "public-intermediate",
        kind=chain.intermediate,
        hash_name=chain.root_hash,
        path_length=0,
        key_usage=("digital_signature", "key_cert_sign", "crl_sign"),
        extra=[*extensions("x1"), (usages, False)],
    )
    names = ["localhost", "www.localhost.example"]
    return above.leaf(
        "public-leaf", kind=chain.leaf, hash_name=chain.intermediate_hash, dns=names, extra=[*extensions("e5"), (timestamps, False)]
    )


def counts(folder: Path, board: firmware.Board = BOARD) -> Iterator[tuple[str, int, str]]:
    """`(name, instructions, how)` of each, warm as the others are."""
    for name, chain in CHAINS.items():
        server = credential(chain)
        (folder / name).mkdir()
        (folder / name / "root.der").write_bytes(server.root.der)
        with OpenSSL(server, groups="P-256", options=["-rev"]) as peer, session(folder, peer, board=board) as running:
            running.call(f"warm('/host/{name}')")
            sent = f"{chain.how}, {sum(map(len, server.chain))} bytes sent"
            yield f"handshake.{name}", running.call("again()")["instructions"], sent
