"""The demo's device: runs under MicroPython. Its argument is a file of `name=value` lines written by `demo.py`."""

import gc
import socket
import sys

import latchkey


def settings(path):
    with open(path) as file:
        return dict(line.rstrip("\n").split("=", 1) for line in file)


def peak_heap():
    """A callback that samples the heap in use, and a function that tells the highest sample."""
    highest = [0]

    def sample(_stage):
        gc.collect()
        highest[0] = max(highest[0], gc.mem_alloc())

    return sample, lambda: highest[0]


DRIVERS = {"atecc508a": "ATECC", "optiga": "OPTIGA", "atsha204a": "ATSHA204A"}


def simulated_chip(s):
    """The chip on a simulated bus, and the link that tells what its clock says; both None with KEY=software."""
    if "chip" not in s:
        return None, None
    import simulated_i2c

    link = simulated_i2c.connect("127.0.0.1", int(s["chip"]))
    link.install_time()
    from latchkey import secure_element

    return getattr(secure_element, DRIVERS[s["model"]])(simulated_i2c.I2C(link, freq=100000)), link


def context_for(s, chip, timeline):
    context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
    context.trace = timeline
    if chip:
        from latchkey.entropy.pool import Pool
        from latchkey.entropy.sources import OSRandom

        context.random = Pool([chip.source(), OSRandom("os.urandom of " + sys.platform)])
    if "slot" in s:
        offer_key(s, context, chip)
    else:
        context.load_verify_locations(cafile=s["root"])
        context.load_cert_chain(*identity(s, chip))
        if s["ecdhe"] == "chip":
            context.key_agreement = chip.key_agreement(2) if s["model"] == "atecc508a" else chip.key_agreement()
    return context


def identity(s, chip):
    """Chain and key, for `load_cert_chain`."""
    if not chip:
        return s["chain"], s["key"]
    if s["model"] == "optiga":
        from latchkey.secure_element.certificates import CertificateChain

        with open(s["issuer"], "rb") as file:
            return CertificateChain(chip.certificate(), file.read()), chip.private_key()
    return s["chain"], chip.private_key(0)


class Made:
    """A pre-shared key, made ahead of the handshake: `openssl s_server` knows one alone, so it starts when this one is told."""

    def __init__(self, ask):
        self.wires = ask.wires
        self.identity, self.key = ask(None)

    def __call__(self, _hint):
        return self.identity, self.key


def offer_key(s, context, chip):
    made = Made(chip.pre_shared_key(int(s["slot"])))
    context.set_psk_client_callback(made)
    with open(s["identity"], "w") as file:
        file.write(made.identity)


def port(s):
    """Where the server is; with a pre-shared key, once it is there."""
    if "port" in s:
        return int(s["port"])
    import os

    while True:
        try:
            os.stat(s["port_file"])
        except OSError:
            continue
        with open(s["port_file"]) as file:
            return int(file.read())


def parts(spent):
    names = (("wake", "wake"), ("bus", "bus"), ("execution", "execution"), ("between commands", "host"))
    return ", ".join(["%s %.1f ms" % (words, spent[name]) for words, name in names])


def main(s):
    timeline = latchkey.Timeline()  # made first: its milliseconds are real, all later modules get the chip's simulated time
    chip, link = simulated_chip(s)
    context = context_for(s, chip, timeline)
    sample, peak = peak_heap()
    context.progress = sample
    sock = socket.socket()
    sock.connect(socket.getaddrinfo("127.0.0.1", port(s))[0][-1])
    try:
        tls = context.wrap_socket(sock, server_hostname=s["name"] or None)
        tls.write(b"latchkey\n")
        answer = tls.readline()
    except latchkey.TLSError as error:
        print(context.trace)
        print("\nno connection: %s\n  (cause %d, alert %s, in %s)" % (error, error.cause, error.alert, error.stage))
        return 1
    print(context.trace)
    report = tls.report()
    tls.close()
    print()
    for name in (
        "version", "cipher", "group", "extended_master_secret", "secure_renegotiation", "verified_name", "peer", "time_verified",
        "client_certificate",
        "randomness", "key_agreement", "verification", "identity", "bytes_read", "bytes_written", "writes",
    ):  # fmt: skip
        print("  %-24s %s" % (name.replace("_", " "), report[name]))
    for told in report["wires"]:
        print("  %-24s %s" % ("the wires", told))
    print("  %-24s %d bytes" % ("peak heap", peak()))
    if link:
        spent = link.control("time")
        print("  %-24s %.1f ms in a real chip: %s" % ("chip", spent["now"], parts(spent)))
    print("  %-24s sent %r, got %r" % ("application data", b"latchkey\n", answer))
    return 0 if answer == b"yekhctal\n" else 1


sys.exit(main(settings(sys.argv[1])))
