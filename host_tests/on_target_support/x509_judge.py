"""Judges chains that the host wrote into a file, one JSON object a line, and prints one line for each: see x509_cases.py on the host.

Signatures are looked up, not computed: the host says which ones are good. A chain is fed in pieces of the sizes in `pieces`; the
verdict must not depend on them.
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


def judge(case):
    """One verdict: "accept KIND ..." or "fault CAUSE DETAIL"; another one for each size of pieces that changes it."""
    verdicts = []
    for size in case["pieces"]:
        try:
            text = _judge(case, size)
        except Fault as fault:
            text = "fault {} {}".format(fault.cause, fault.detail)
        if text not in verdicts:
            verdicts.append(text)
    return " / ".join(verdicts)


def _judge(case, size):
    policy = Policy()
    policy.verifier = oracle = Oracle(case["good"])
    for key, value in case["policy"].items():
        setattr(policy, key, value)
    policy.pins = tuple([binascii.unhexlify(pin) for pin in case["pins"]])
    if case["anchors"] is not None:
        policy.trust = TrustStore()
        for anchor in case["anchors"]:
            policy.trust.add(binascii.a2b_base64(anchor))
    chain = Chain(policy)
    for text in case["certificates"]:
        _feed(chain, chain.begin, binascii.a2b_base64(text), size)
    if case["status"]:
        _feed(chain, chain.begin_status, binascii.a2b_base64(case["status"]), size)
    peer = run(chain.validate())
    assert chain.leaf.public_key
    return "accept {} {} {} {} {}".format(
        peer.kind, peer.name, "time" if peer.time_verified else "-", "stapled" if peer.stapled else "-", oracle.calls
    )


def _feed(chain, begin, data, size):
    begin(len(data))
    size = size or len(data)
    for start in range(0, len(data), size):
        chain.feed(data, start, min(start + size, len(data)))
    chain.end()


def judge_file(path):
    """Print a verdict for each line of the file."""
    with open(path) as file:
        for line in file:
            print(judge(json.loads(line)))
