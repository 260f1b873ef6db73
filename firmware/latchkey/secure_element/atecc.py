"""The chip: an ATECC508A, or a 608 in so far as its command layer is public, on an I2C bus.

    from latchkey.secure_element import ATECC
    chip = ATECC(SoftI2C(scl=..., sda=..., freq=100_000))

Nothing is sent before something is asked. `source()`, `private_key(slot)`, `key_agreement(slot)`, `verifier()` and `certificate(...)`
are what TLS takes; each can be used alone, and each loads its own module. After each use the chip is idle (up to 0.8 mA, its random
generator stays seeded): call `sleep()` before the board goes to sleep (30 nA).

One sequence of commands has the chip to itself (chip.py): between Nonce and Sign no other task's command can come. The chip is left
idle, not asleep: it keeps the state of its generator, and the EEPROM is spared a new seed. `sleep()` loses it, and the next Random writes
the seed again (400,000 times at most): every ten seconds that is 46 days.

What waits raises a TLSError, which is an OSError with a sentence; ValueError or TypeError for an argument that can't be right. Jobs
(`sign`, `agree`, `verify`, `filling`) are for a connection to run, which makes a TLSError of their Faults; at the REPL
`chip.wait(key.sign(0x0403, digest))` does both.
"""

from latchkey.errors import Fault
from latchkey.secure_element import commands
from latchkey.secure_element.atca import Link
from latchkey.secure_element.chip import Chip

_NO_CHIP = const(800)
_UNKNOWN_CHIP = const(809)


class ATECC(Chip):
    """`ATECC(i2c)`: any object with `writeto` and `readfrom_into` of machine.I2C, at 100 kHz unless the board can do more.

    `wake()`: hold SDA low for 60 us to 1 ms, where the bus is faster and its clock can't be changed. `set_hz(hz)`: set the bus clock;
    it is called with 100000 for the wake pulse and with 400000 after it. `address`: the 7-bit address (0x6A on a label is 0x35), else 0x60,
    0x36 and 0x35 are tried; another device at one of these that reads as FF is sent a byte 01 where no chip answers.
    """

    model = "ATECC"
    commands = commands
    config_locked = data_locked = False
    absent = _NO_CHIP

    def __init__(self, i2c, wake=None, set_hz=None, address=None):
        Chip.__init__(self, Link(i2c, wake, set_hz, address, (0x60, 0x36, 0x35)))  # as delivered; TrustFLEX; Trust&GO

    # Seams

    def private_key(self, slot):
        """The P-256 key in `slot`: goes where a key goes in `load_cert_chain`, and never leaves the chip."""
        from latchkey.secure_element.private_key import PrivateKey

        return PrivateKey(self, commands.checked_slot(slot))

    def csr(self, slot, subject):
        """A certificate request in PEM for the key in `slot`, signed by it; `subject`: "CN=pump 7,O=Plant" (certificate_request.py)."""
        from latchkey import certificate_request

        return certificate_request.csr(self.private_key(slot), subject)

    def public_key_pem(self, slot):
        """The public key of the key in `slot`, in PEM."""
        from latchkey import certificate_request

        return certificate_request.public_key_pem(self.private_key(slot))

    def key_agreement(self, slot=None, read_key=None, *, signing_key=False):
        """ECDHE in the chip. `slot` holds the ephemeral key: **each handshake writes its EEPROM, good for 400,000 times**; without one
        a 608 keeps the key in TempKey. **The pre-master secret comes over the wires in clear**, unless the slot is configured to put it
        into the next one, from which it is read encrypted with `read_key`, the 32 bytes in that slot's ReadKey. The key stays in the slot
        until the next handshake: the last session is not forward secret against whoever takes the chip.

        **The wires then hold the server's identity, encrypted read or not**: who can change what is on the bus puts a point of his own in
        the place of the server's, knows the secret, and is the server from there on.

        The chip is asked whether the slot is one for this. `signing_key=True`: even if its key may sign; the next handshake ends it.
        """
        from latchkey.secure_element.key_agreement import KeyAgreement

        agreement = KeyAgreement(self, slot, read_key, signing_key)
        self.do(agreement.check)
        return agreement

    def pre_shared_key(self, slot):
        """For `context.set_psk_client_callback`: keys made of the 32 bytes in `slot`, which must allow MAC; a new one each time."""
        from latchkey.secure_element.pre_shared_key import PreSharedKey

        return PreSharedKey(self, commands.checked_slot(slot))

    def verifier(self):
        """ECDSA P-256 verification in the chip, all else in software. **The wires then hold the server's identity**: who can change
        what is on the bus can make any signature pass.
        """
        from latchkey.secure_element.verifier import Verifier

        return Verifier(self)

    def certificate(self, template, slot=10, key_slot=0, signer_slot=None):
        """The DER of the certificate that is compressed in `slot`, rebuilt from `template`.

        `template`: bytes made by `latchkey template`. `key_slot`: where the certificate's key is, private or public (72 bytes);
        `signer_slot`: where its issuer's public key is. With that, or with an issuer's key in the template, the signature of what was
        rebuilt is verified (in software), and a certificate that does not bear it is refused.
        """
        from latchkey.secure_element.compressed_certificate import rebuild, verified

        commands.checked_slot(slot, 8)
        commands.checked_slot(key_slot)
        if signer_slot is not None:
            commands.checked_slot(signer_slot)
        der, at, issuer_key = self.do(rebuild, template, slot, key_slot, signer_slot)
        return self.wait(verified(der, at, issuer_key, slot))

    def stored_certificate(self, slot=8):
        """A certificate stored as plain DER from the beginning of `slot`."""
        from latchkey.secure_element.certificates import read_der

        return self.do(read_der, commands.checked_slot(slot, 8))

    def report(self, *certificates):
        """Print revision, serial number, locks, what each slot may do, counters, keys, and warnings.

        `certificates`: tuples of arguments of `certificate`; each is rebuilt, and the report says whether its signature is right.
        """
        from latchkey.secure_element.reporting import print_report

        print_report(self, certificates)

    def _identify(self):
        revision = yield from commands.info(self.link)
        if revision[2] == 0x50:
            self.model = "ATECC508A"
        elif revision[2] == 0x60:
            self.model = "ATECC608B" if revision[3] >= 3 else "ATECC608A"
            self.link.is_608 = True
        else:
            raise Fault(_UNKNOWN_CHIP, " ".join(f"{byte:02X}" for byte in revision))
        yield from self.refresh(self.link)
        return revision

    def refresh(self, link):
        """Job, a sequence: read the lock state again, after a lock."""
        locks = yield from commands.read(link, 0, commands.config_address(84), False)
        self.data_locked, self.config_locked = locks[2] != 0x55, locks[3] != 0x55
