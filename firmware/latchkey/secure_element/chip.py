"""What every chip's driver stands on: turns, sequences that are begun anew, waiting, polling under a deadline.

A driver is a `Chip` over a link, and a module of commands. A link brings bytes to the chip and back:

    wake(), reset()     jobs: make it listen; bring it into a known state, whatever it was doing
    rest(), wipe()      after a sequence: what costs least, and forget what crossed the bus
    sleep()             the least current
    address, addresses  where it is, and where it was looked for
    longest             ms that it may be busy with what an earlier host asked of it

Commands are jobs over it, the steps of a sequence: `random(link, block)` fills 32 bytes; where the chip has keys, `ask_public_key(link,
slot)` and `ask_signature(link, slot, digest)` return 64 bytes. A link that lost the thread raises `Interrupted`, and the sequence begins
anew, four times in all.
"""

import time

from latchkey.crypto.job import Turn, run
from latchkey.errors import Fault, TLSError, error_of

_CHIP_NOT_ANSWERING = const(801)
_CHIP_REFUSED = const(805)
_CHIP_BUSY = const(810)
_SEQUENCE_BROKEN = const(811)

_ATTEMPTS = const(4)


class Interrupted(Exception):
    """The chip lost the thread: asleep, without power, or its answer unreadable. What it kept in RAM may be gone."""


def polled(attempt, what, limit, pause):
    """Job: `attempt(what)` again and again until it is true, every `pause` ms; Interrupted after `limit` ms."""
    start = time.ticks_ms()
    while True:
        late = time.ticks_diff(time.ticks_ms(), start) > limit  # before the attempt: after a long pause elsewhere, ask once more
        if attempt(what):
            return
        if late:
            raise Interrupted(f"no answer within {limit} ms")
        yield pause


class Chip:
    """A chip on an I2C bus. Nothing is sent before something is asked.

    One sequence of commands has the chip to itself. Whoever comes meanwhile waits; who cannot wait because it blocks (`do`) is refused. A
    task that vanished in the middle of a sequence loses the chip after some seconds.
    """

    model = "chip"
    commands: Any = None
    config_locked = True  # False: its generator gives a pattern
    absent: Any = None  # the cause of its absence, where that has a sentence of its own

    _identify: Any  # job: ask it who it is; the bytes by which it was recognised

    def __init__(self, link):
        self.link = link
        self.revision = None  # bytes by which the chip was recognised
        self._turn = Turn(_CHIP_BUSY, _SEQUENCE_BROKEN)

    # Seams

    def source(self):
        """The chip as a source of randomness (refused while its configuration is unlocked)."""
        from latchkey.secure_element.source import Source

        return Source(self)

    # Availability

    def ready(self):
        """True once the chip has answered; asks it if it has not been seen yet (up to 2 s without one)."""
        return self.why_not() == ""

    def why_not(self):
        """Why there is no chip, in a sentence; "" if there is one."""
        if self.revision is None:
            try:
                self.do(type(self.link).wake)
            except TLSError as error:
                return error.args[1]
        return ""

    def sleep(self):
        """Put it to sleep: the least current."""
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
                        self.revision = yield from self._identify()
                    return (yield from sequence(self.link, *args))
                except Interrupted as interrupted:
                    reason = interrupted
                except Fault as fault:
                    if fault.cause != _CHIP_REFUSED or attempt:
                        raise
                    reason = fault
        finally:
            if self._turn.holder is ours:
                self.link.rest()
                self.link.wipe()
        if self.revision is None:
            from latchkey.secure_element import missing

            raise missing.fault(self, reason)
        raise Fault(_CHIP_NOT_ANSWERING, str(reason))

    def _recover(self, attempt):
        yield from self.link.reset()
        if attempt == 2:  # a chip in the middle of a command whose host was reset
            for _ in range(self.link.longest // 100):
                yield 100  # no longer at once: somebody may have a watchdog to feed


def _sleep(link):
    yield from link.wake()
    link.sleep()
