"""What bench_x509.py runs, on the Unix port and on the emulated board: validates the chain in a folder, prints one JSON object.

`heap`: the peak of the heap above what was in use before, modules and trust store aside. `instructions`: of one validation, on the board.
"""

import gc
import json
import sys

from latchkey.crypto import verify
from latchkey.x509.chain import Chain
from latchkey.x509.policy import Policy
from latchkey.x509.trust import TrustStore

PIECE = 256  # octets read at a time


def held():
    gc.collect()
    gc.collect()
    return gc.mem_alloc()


class Meter:
    """Samples the heap, where that is asked for; the seam for signatures, so that it samples in the midst of them, too."""

    def __init__(self, sampling):
        self.sampling = sampling
        self.peak = 0

    def sample(self):
        if self.sampling:
            self.peak = max(self.peak, held())

    def verify(self, scheme, key, digest, signature):
        job = verify.verify(scheme, key, digest, signature)
        while True:
            try:
                pause = next(job)
            except StopIteration as end:
                return end.value
            self.sample()
            yield pause


class Reading:
    """In a chain's place, to know what reading the files takes."""

    def begin(self, length):
        pass

    def feed(self, buf, start, end):
        pass

    def end(self):
        pass


def feed(chain, folder, sizes, meter):
    buf = bytearray(PIECE)
    for i, left in enumerate(sizes):
        chain.begin(left)
        with open("{}/{}.der".format(folder, i), "rb") as file:
            while left:
                n = file.readinto(buf)
                chain.feed(buf, 0, n)
                left -= n
                meter.sample()
        chain.end()


def validate(folder, sizes, policy, meter):
    chain = Chain(policy)
    feed(chain, folder, sizes, meter)
    for _ in chain.validate():
        meter.sample()
    meter.sample()
    assert chain.leaf.public_key


def measure(folder):
    with open(folder + "/chain.json") as file:
        told = json.load(file)
    policy = Policy()
    policy.host = "host.example.com"
    policy.now = told["now"]
    policy.trust = TrustStore()
    policy.trust.add_file(folder + "/root.der")
    meter = policy.verifier = Meter(False)
    validate(folder, told["sizes"], policy, meter)  # loads the modules
    counts = []
    try:
        import emulator

        start = emulator.instructions()
        validate(folder, told["sizes"], policy, meter)
        read = emulator.instructions()
        feed(Reading(), folder, told["sizes"], meter)  # the files' part of it is not counted
        counts.append(2 * read - start - emulator.instructions())
    except ImportError:  # the Unix port
        pass
    meter.sampling = True
    before = held()
    validate(folder, told["sizes"], policy, meter)
    print(json.dumps({"heap": meter.peak - before, "instructions": counts[0] if counts else 0}))


if __name__ == "__main__":
    measure(sys.argv[1])
