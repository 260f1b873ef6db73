"""The chip: an ATECC508A, or a 608 in so far as its command layer is public, on an I2C bus.

    from latchkey.secure_element import ATECC
    chip = ATECC(SoftI2C(scl=..., sda=..., freq=100_000))

Nothing is sent before something is asked. `source()`, `private_key(slot)`, `key_agreement(slot)`, `verifier()` and `certificate(...)`
are what TLS takes; each can be used alone, and each loads its own module. After each use the chip is idle (up to 0.8 mA, its random
generator stays seeded): call `sleep()` before the board goes to sleep (30 nA).

One sequence of commands has the chip to itself: between Nonce and Sign no other task's command can come. Whoever comes meanwhile waits; who
cannot wait because it blocks (`do`) is refused. A task that vanished in the middle of a sequence loses the chip after some seconds.

What waits raises a TLSError, which is an OSError with a sentence; ValueError or TypeError for an argument that can't be right. Jobs
(`sign`, `agree`, `verify`, `filling`) are for a connection to run, which makes a TLSError of their Faults; at the REPL
`chip.wait(key.sign(0x0403, digest))` does both.
"""

from micropython import const

from latchkey.crypto.job import Turn, run
from latchkey.errors import Fault, TLSError, error_of
from latchkey.secure_element import commands
from latchkey.secure_element.atca import Interrupted, Link

_NO_CHIP = const(800)
_CHIP_NOT_ANSWERING = const(801)
_CHIP_REFUSED = const(805)
_UNKNOWN_CHIP = const(809)
_CHIP_BUSY = const(810)
_SEQUENCE_BROKEN = const(811)

_ATTEMPTS = const(4)
_LONGEST_WATCHDOG_MS = const(1700)


class ATECC:
    """`ATECC(i2c)`: any object with `writeto` and `readfrom_into` of machine.I2C, at 100 kHz unless the board can do more.

    `wake()`: hold SDA low for 60 us to 1 ms, where the bus is faster and its clock can't be changed. `set_hz(hz)`: set the bus clock;
    it is called with 100000 for the wake pulse and with 400000 after it. `address`: the 7-bit address (0x6A on a label is 0x35), else 0x60,
    0x36 and 0x35 are tried; another device at one of these that reads as FF is sent a byte 01 where no chip answers.
    """

    def __init__(self, i2c, wake=None, set_hz=None, address=None):
        if address is not None and not 0 < address < 0x80:
            raise ValueError("an I2C address has 7 bits: 0x60, not 0xC0")
        self.link = Link(i2c, wake, set_hz, address)
        self.revision = None  # the 4 bytes of Info once the chip has been seen
        self.model = "ATECC"
        self.config_locked = self.data_locked = False
        self._turn = Turn(_CHIP_BUSY, _SEQUENCE_BROKEN)

    # Seams

    def source(self):
        """The chip as a source of randomness (refused while its configuration is unlocked)."""
        from latchkey.secure_element.source import Source

        return Source(self)

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

    # Availability

    def ready(self):
        """True once the chip has answered; asks it if it has not been seen yet (up to 2 s without one)."""
        return self.why_not() == ""

    def why_not(self):
        """Why there is no chip, in a sentence; "" if there is one."""
        if self.revision is None:
            try:
                self.do(_nothing)
            except TLSError as error:
                return error.args[1]
        return ""

    def sleep(self):
        """Put it to sleep: the least current; TempKey and the random generator's state are lost, so that the next Random writes the EEPROM
        seed again (400,000 times at most): every ten seconds that is 46 days.
        """
        self.do(_sleep)

    # Sequences

    def do(self, sequence, *args):
        """Run `sequence(link, *args)`, a job of commands, and wait for its result. TLSError if another sequence has the chip."""
        return self.wait(self._turn.take(self._perform(sequence, *args), False))

    def wait(self, job):
        """Run a job to its end, where there is no connection to run it, and return its result; its Fault is a TLSError here."""
        try:
            return run(job)
        except Fault as fault:
            raise error_of(fault)

    def session(self, sequence, *args):
        """Job: the same for whoever has a loop; waits until the chip is free."""
        return self._turn.take(self._perform(sequence, *args))

    def _perform(self, sequence, *args):
        """Job: one sequence, begun anew when the chip lost the thread.

        A refusal is asked twice: what a brown-out leaves behind looks the same as what the configuration forbids.
        """
        reason = None
        ours = self._turn.holder
        try:
            for attempt in range(_ATTEMPTS):
                try:
                    if attempt:
                        yield from self._recover(attempt)
                    if self.revision is None:
                        yield from self._identify()
                    return (yield from sequence(self.link, *args))
                except Interrupted as interrupted:
                    reason = interrupted
                except Fault as fault:
                    if fault.cause != _CHIP_REFUSED or attempt:
                        raise
                    reason = fault
        finally:
            if self._turn.holder is ours:
                # The chip is left idle, not asleep: it keeps the state of its generator, and the EEPROM is spared a new seed.
                self.link.rest()
                self.link.wipe()
        if self.revision is None:
            raise Fault(_NO_CHIP, f"{reason}, {self.link.where()}")
        raise Fault(_CHIP_NOT_ANSWERING, str(reason))

    def _recover(self, attempt):
        yield from self.link.reset()
        if attempt == 2:  # a chip in the middle of a command whose host was reset
            for _ in range(_LONGEST_WATCHDOG_MS // 100):
                yield 100  # no longer at once: somebody may have a watchdog to feed

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
        self.revision = revision

    def refresh(self, link):
        """Job, a sequence: read the lock state again, after a lock."""
        locks = yield from commands.read(link, 0, commands.config_address(84), False)
        self.data_locked, self.config_locked = locks[2] != 0x55, locks[3] != 0x55


def _nothing(link):
    yield from link.wake()


def _sleep(link):
    yield from link.wake()
    link.sleep()
