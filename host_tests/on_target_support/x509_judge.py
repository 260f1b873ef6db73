"""Judges chains that the host wrote into a file (x509/cases.py) and prints a line for each.

For each there is a line with a JSON object, then the octets whose lengths it gives: of the anchors, the certificates, the OCSP response.
Signatures are looked up where the host says which ones are good ("good"), else computed. A chain is fed in pieces of the sizes in
`pieces`; the verdict must not depend on them.
"""

import binascii
import json
from hashlib import sha256

from latchkey.crypto.job import run
from latchkey.errors import Fault
from latchkey.x509.chain import Chain
from latchkey.x509.policy import Policy
from latchkey.x509.trust import TrustStore


class Oracle:
    """The seam for verification, with verdicts known before."""

    def __init__(self, good):
        self.good = good
        self.calls = 0

    def verify(self, scheme, key, digest, signature):
        yield 0
        self.calls += 1
        numbers = key[1] if key[0] > 1 else key[1] + key[2].to_bytes(4, "big")
        seen = sha256(scheme.to_bytes(2, "big") + numbers + digest + signature).digest()[:8]
        return binascii.hexlify(seen).decode() in self.good


def judge_file(path):
    """Print a verdict for each chain in the file: "accept KIND ..." or "fault CAUSE DETAIL", and others where sizes of pieces change it."""
    with open(path, "rb") as file:
        while True:
            line = file.readline()
            if not line:
                return
            case = json.loads(line)
            start = file.tell()
            verdicts = []
            for size in case["pieces"]:
                file.seek(start)
                try:
                    text = _judge(case, file, size)
                except Fault as fault:
                    text = "fault {} {}".format(fault.cause, fault.detail)
                if text not in verdicts:
                    verdicts.append(text)
            print(" / ".join(verdicts))
            file.seek(start + sum(case["anchors"] or ()) + sum(case["certificates"]) + (case["status"] or 0))


def _judge(case, file, size):
    policy = Policy()
    oracle = Oracle(case["good"])
    if case["good"] is not None:
        policy.verifier = oracle
    for key, value in case["policy"].items():
        setattr(policy, key, value)
    policy.pins = tuple([binascii.unhexlify(pin) for pin in case["pins"]])
    if case["anchors"] is not None:
        policy.trust = TrustStore()
        for length in case["anchors"]:
            policy.trust.add(file.read(length))
    chain = Chain(policy)
    for length in case["certificates"]:
        chain.begin(length)
        _feed(chain, file, length, size)
    if case["status"] is not None:
        chain.begin_status(case["status"])
        _feed(chain, file, case["status"], size)
    peer = run(chain.validate())
    assert chain.leaf.public_key
    text = "accept {} {} {} {} {}".format(
        peer.kind, peer.name, "time" if peer.time_verified else "-", "stapled" if peer.stapled else "-", oracle.calls
    )
    return text if peer.leaf_der is None else text + " " + binascii.hexlify(sha256(peer.leaf_der).digest()).decode()


def _feed(chain, file, length, size):
    while length:
        data = file.read(min(size, length))
        chain.feed(data, 0, len(data))
        length -= len(data)
    chain.end()
