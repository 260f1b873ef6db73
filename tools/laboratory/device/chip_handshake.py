"""A mutual handshake with the key in a chip on a simulated bus: the device's side of tools/laboratory/chip_handshake.py.

Argument: a file of `name=value` lines. Prints JSON, one object a line: {"stage": ..., ...}; then waits to be killed, so that its memory
can be looked at. Secrets are printed: this is for tests.
"""

import json
import socket
import sys
import time as real_time

import simulated_i2c


def settings(path):
    with open(path) as file:
        return dict(line.rstrip("\n").split("=", 1) for line in file)


def tell(stage, **values):
    values["stage"] = stage
    print(json.dumps(values))


class Witness:
    """A key agreement whose secret is told to whoever looks for it on the bus."""

    def __init__(self, agreement):
        self.agreement = agreement
        self.groups = agreement.groups
        if hasattr(agreement, "wires"):
            self.wires = agreement.wires

    @property
    def name(self):
        return self.agreement.name

    def agree(self, group, point, random):
        ours, secret = yield from self.agreement.agree(group, point, random)
        tell("agreed", secret="".join("%02x" % byte for byte in secret))  # no copy of it is made
        return ours, secret


def stage(link, name):
    """Tell where simulated time and the count of bytes on the bus stand."""
    tell(name, ms=link.control("time")["now"], bytes=link.control("bytes"))


def agreement(chip, s):
    from latchkey.tls.key_agreement import Ephemeral

    if s["ecdhe"] == "software":
        return Ephemeral()
    return chip.key_agreement(2, bytes.fromhex(s["read_key"]) if "read_key" in s else None)


def context_for(chip, s):
    import latchkey
    from latchkey.entropy.pool import Pool
    from latchkey.entropy.sources import OSRandom

    context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cafile=s["root"])
    context.random = Pool([chip.source(), OSRandom("os.urandom of " + sys.platform)])
    context.random.fill(bytearray(1))
    context.load_cert_chain(s["chain"], chip.private_key(0))
    context.key_agreement = Witness(agreement(chip, s))
    if s["verifier"] == "chip":
        context.verifier = chip.verifier()
    return context


def main(s):
    link = simulated_i2c.connect("127.0.0.1", int(s["chip"]))
    link.install_time()
    from latchkey.secure_element import ATECC

    chip = ATECC(simulated_i2c.I2C(link, freq=100000))
    stage(link, "begun")
    context = context_for(chip, s)
    stage(link, "cold start")
    sock = socket.socket()
    sock.connect(socket.getaddrinfo("127.0.0.1", int(s["port"]))[0][-1])
    tls = context.wrap_socket(sock, server_hostname="localhost")
    stage(link, "handshake")
    tls.write(b"latchkey\n")
    report = tls.report()
    told = {name: report[name] for name in ("randomness", "key_agreement", "verification", "wires", "identity", "client_certificate")}
    tell("connected", answer=tls.readline().decode(), **told)
    while True:
        real_time.sleep(1)


main(settings(sys.argv[1]))
