"""A client that the host tells what to do, a line at a time: {"port": ..., options of client_driver}; the answer is a line, too.

Argument: the port of a simulated chip that has the device's key, where there is one. `key` True is that key. `groups`: those that are
offered. `fresh`: no session is remembered from before. A line "suites" asks which there are.
"""

import json
import socket
import sys

_agreements = {}


def chip_at(port):
    import simulated_i2c

    link = simulated_i2c.connect("127.0.0.1", port)
    link.install_time()  # before whatever imports `time`
    from latchkey.secure_element import ATECC

    return ATECC(simulated_i2c.I2C(link, freq=100000))


def agreement(groups):
    """One object for the same groups, so that a context may stay what it is."""
    from latchkey.tls.key_agreement import Ephemeral

    if groups not in _agreements:
        made = _agreements[groups] = Ephemeral()
        made.groups = groups
    return _agreements[groups]


def suites():
    """All that a caller may name: what `set_ciphers` says of a name that is none."""
    import latchkey

    try:
        latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT).set_ciphers(["none"])
    except ValueError as e:
        return str(e).split("there are ")[1].split(", ")


def connect(options, key):
    import client_driver

    if options.get("fresh"):
        client_driver._kept.clear()
    if options.get("key") is True:
        options["key"] = key
    if "groups" in options:
        options.setdefault("settings", {})["key_agreement"] = agreement(options["groups"])
    stream = socket.socket()
    stream.connect(socket.getaddrinfo("127.0.0.1", options["port"])[0][-1])
    try:
        client_driver.run(stream, options)
    except ValueError as e:
        stream.close()
        print(json.dumps({"established": False, "data": 0, "name": "ANSWER", "message": str(e)}))


def main():
    key = chip_at(int(sys.argv[1])).private_key(0) if len(sys.argv) > 1 else None
    while True:
        line = sys.stdin.readline()
        if not line:
            break
        if line == "suites\n":
            print(json.dumps(suites()))
        else:
            connect(eval(line), key)


main()
