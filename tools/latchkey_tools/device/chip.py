"""What `latchkey chip` and `latchkey provision` run on a board, a function a step; most print a line of JSON, bytes in hexadecimal."""

import binascii
import json

from latchkey.secure_element import ATECC, commands
from latchkey.secure_element.provision import Provision

_chip = None
_p = None


def told(**facts):
    print(json.dumps({name: _hex(value) if isinstance(value, (bytes, bytearray)) else value for name, value in facts.items()}))


def _hex(data):
    return binascii.hexlify(bytes(data)).decode()


def begin(found):
    global _chip, _p
    if not isinstance(found, ATECC):
        told(other=getattr(found, "model", type(found).__name__))
        return
    _chip, _p = found, Provision(found)
    state()


def state():
    config = _p.read_config()
    keys = []
    for slot in range(16):
        if config[96 + 2 * slot] & 1 and _chip.do(commands.has_key, slot):
            keys.append(slot)
    told(model=_chip.model, address=_chip.link.address, config=config, keys=keys)


def write_config(digits):
    _p.write_config(binascii.unhexlify(digits))
    told()


def lock_config(digits):
    _p.lock_config(binascii.unhexlify(digits))
    told()


def generate(slot):
    told(point=_p.generate_key(slot))


def public_key(slot):
    told(point=_chip.private_key(slot).public_key[1])


def csr(slot, subject):
    told(pem=_chip.csr(slot, subject))


def write(slot, digits):
    _p.write_slot(slot, binascii.unhexlify(digits))
    told()


def read(slot, length):
    told(data=_p.read_slot(slot, length))


def rebuild(template, slot, key_slot, issuer_slot):
    told(der=_chip.certificate(binascii.unhexlify(template), slot, key_slot, issuer_slot))


def sign(slot, digits):
    told(signature=_chip.wait(_chip.private_key(slot).sign(0x0403, binascii.unhexlify(digits))))


def lock_data():
    _p.lock_data()
    told()


def info():
    told(
        model=_chip.model,
        revision=_chip.revision,
        address=_chip.link.address,
        config=_p.read_config(),
        counters=[_p.counter(0), _p.counter(1)],
    )


def report():
    _chip.report()


def random(length):
    """Bytes as the chip gives them, in hexadecimal, a block a line: they cross the wires in clear."""

    block = bytearray(32)
    for at in range(0, length, 32):
        _chip.wait(_chip.source().filling(block))
        print(_hex(block[: min(32, length - at)]))
