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


def simulated_chip(s):
    """An ATECC508A on a simulated bus, and the link that tells what its clock says; both None with KEY=software."""
    if "chip" not in s:
        return None, None
    import simulated_i2c

    link = simulated_i2c.connect("127.0.0.1", int(s["chip"]))
    link.install_time()
    from latchkey.secure_element import ATECC

    return ATECC(simulated_i2c.I2C(link, freq=100000)), link


def context_for(s, chip, timeline):
    context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cafile=s["root"])
    key = s["key"]
    if chip:
        from latchkey.entropy.pool import Pool
        from latchkey.entropy.sources import OSRandom

        context.random = Pool([chip.source(), OSRandom("os.urandom of " + sys.platform)])
        key = chip.private_key(0)
        if s["ecdhe"] == "chip":
            context.key_agreement = chip.key_agreement(2)
    context.load_cert_chain(s["chain"], key)
    context.trace = timeline
    return context


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
    sock.connect(socket.getaddrinfo("127.0.0.1", int(s["port"]))[0][-1])
    try:
        tls = context.wrap_socket(sock, server_hostname=s["name"])
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
