"""Certificates from a chip, as `load_cert_chain` takes them.

chain = CertificateChain(chip.certificate(device_template, 10, 0, 11), chip.certificate(signer_template, 12, 11))
context.load_cert_chain(chain, chip.private_key(0))
"""

from latchkey.errors import Fault
from latchkey.secure_element import commands

_BAD_COMPRESSED_CERTIFICATE = const(819)


class CertificateChain:
    """`CertificateChain(*ders)`, leaf first; `chain_length` is that of the list in a Certificate message, each with its 3-byte length."""

    def __init__(self, *ders):
        self._ders = ders
        self.chain_length = sum(len(der) + 3 for der in ders)

    def chain(self):
        """The certificates, leaf first."""
        return iter(self._ders)


def read_der(link, slot):
    """A sequence: the DER object that begins `slot`, as long as its header says."""
    head = yield from commands.explained(link, slot, "read", commands.read_slot, slot, 0, 4)
    length = head[2] << 8 | head[3]
    if head[0] != 0x30 or head[1] != 0x82 or not 256 <= length <= commands.slot_size(slot) - 4:
        raise Fault(_BAD_COMPRESSED_CERTIFICATE, f"slot {slot} does not begin with a certificate in DER")
    return bytes((yield from commands.read_slot(link, slot, 0, length + 4)))
