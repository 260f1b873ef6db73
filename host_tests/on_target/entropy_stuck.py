"""Each source stuck: at one value or at a few in turn, from the start or later, in pieces of whatever length it makes at a time."""

from latchkey.crypto.job import run
from latchkey.entropy.health import Monitor
from latchkey.entropy.pool import Pool
from latchkey.entropy.seeding import draw
from latchkey.errors import Fault, describe
from latchkey.secure_element import commands


def _fresh(n, length):
    import hashlib

    out = b""
    while len(out) < length:
        out += hashlib.sha256(b"%d %d" % (n, len(out))).digest()
    return out[:length]


class _Generator:
    """Gives pieces of `length` bytes, fresh ones up to the `good`-th, then `cycle` ones in turn."""

    def __init__(self, length, cycle, good=0):
        self.length = length
        self.cycle = cycle
        self.good = good
        self.count = 0

    def piece(self):
        n = self.count
        self.count += 1
        return _fresh(n if n < self.good else 1000000 + n % self.cycle, self.length)

    def urandom(self, length):
        out = b""
        while len(out) < length:
            out += self.piece()
        return out[:length]


class _Registers:
    """The RP2350's TRNG, whose every batch is a generator's piece."""

    trng_sw_reset = trng_debug_control = rnd_source_enable = 0

    def __init__(self, generator):
        self._generator = generator
        self._batch = b""
        self.ehr_data = self

    @property
    def rng_isr(self):
        return 1

    def _take(self, value):
        self._batch = self._generator.piece()

    rng_icr = property(None, _take)

    def __getitem__(self, i):
        return int.from_bytes(self._batch[4 * i : 4 * i + 4], "little")


class _Chip:
    """What a chip's source asks of the chip, and the link to it."""

    model = "ATECC508A"
    config_locked = True
    commands = commands

    def __init__(self, generator):
        self._generator = generator

    def ready(self):
        return True

    def why_not(self):
        return ""

    def session(self, sequence, buf):
        return sequence(self, buf)

    def do(self, sequence, buf):
        run(sequence(self, buf))

    def execute(self, *command):
        yield 1
        return self._generator.piece()


def _of_the_port(generator):
    from latchkey.entropy import sources

    sources.os = generator
    return sources.OSRandom("os.urandom")


def _of_an_esp32(generator):
    from latchkey.entropy import esp32, sources

    sources.os = generator
    source = esp32.ESP32()
    source.ready = lambda: True
    return source


def _of_an_stm32(generator):
    from latchkey.entropy import stm32

    stm32.os = generator
    return stm32.STM32()


def _of_an_rp2350(generator):
    from latchkey.entropy.rp2350 import RP2350

    return RP2350(_Registers(generator))


def _of_a_chip(generator):
    from latchkey.secure_element.source import Source

    return Source(_Chip(generator))


# (a source over a generator, bytes that its hardware or its driver makes at a time)
_SOURCES = (
    (_of_the_port, 32),
    (_of_an_esp32, 4),
    (_of_an_stm32, 4),
    (_of_an_stm32, 16),
    (_of_an_rp2350, 24),
    (_of_a_chip, 32),
)


def _each(*cycles):
    import os

    from latchkey.entropy import sources, stm32

    try:
        for make, length in _SOURCES:
            for cycle in cycles:
                yield make, length, cycle
    finally:
        sources.os = stm32.os = os


def _refusal(pool, where):
    """What it says when it refuses to draw a seed anew; it is closed then."""
    try:
        run(pool.reseed())
    except Fault as fault:
        assert not pool.ready() and pool.drbg is None, where
        return describe(fault.cause, fault.detail)[1]
    return ""


def rejects_every_source_that_is_stuck_from_the_start():
    for make, length, cycle in _each(1, 2, 3):
        pool = Pool([make(_Generator(length, cycle))])
        for _ in range(3):  # it stays out
            sentence = _refusal(pool, (make, length, cycle))
            assert "equal to the last" in sentence or "same word" in sentence, (make, length, cycle, sentence)


def rejects_every_source_that_gets_stuck_later():
    """No seed rests on a piece that came before; each of the cycle may come once, in as many draws."""
    for make, length, cycle in _each(1, 2, 3):
        for good in (0, 1):
            generator = _Generator(length, cycle, 1000000)
            pool = Pool([make(generator)])
            run(pool.reseed())
            generator.good = generator.count + good
            drawn = [bool(_refusal(pool, (make, length, cycle))) for _ in range(6)]
            assert all(drawn[cycle:]), (make, length, cycle, drawn)


def a_source_that_works_is_not_taken_for_a_stuck_one():
    for make, length, cycle in _each(1):
        pool = Pool([make(_Generator(length, cycle, 1000000))])
        for _ in range(4):
            assert _refusal(pool, make) == ""
        assert pool.ready()


class _Source:
    """A source of a person's own, that says what it makes at a time, or does not."""

    name = "own"
    trusted = True
    conditioned = False
    min_entropy = 8

    def __init__(self, generator, block=None):
        self._generator = generator
        if block:
            self.block = block

    def ready(self):
        return True

    def why_not(self):
        return ""

    def fill(self, buf):
        buf[:] = self._generator.urandom(len(buf))


def blocks_of_any_size_and_cycles_of_up_to_16_are_seen():
    for length in (16, 20, 24, 32, 33, 48, 64, 100):
        for cycle in (1, 2, 3, 5, 16):
            pool = Pool([_Source(_Generator(length, cycle), length)])
            told = [_refusal(pool, (length, cycle)) for _ in range(8)]
            assert "equal to the last" in told[-1] and (told[0] or cycle == 16), (length, cycle)


def a_source_that_does_not_say_what_it_makes_at_a_time_is_seen_too():
    for length in (4, 8, 12, 16, 20, 24, 28, 32, 40, 48, 64):
        for cycle in (1, 2, 3):
            assert "equal to the last" in _refusal(Pool([_Source(_Generator(length, cycle))]), (length, cycle)), (length, cycle)


def a_conditioned_source_is_seen_before_its_first_seed():
    for length in (16, 24, 32, 64, 128):
        for cycle in (1, 2, 3):
            source = _Source(_Generator(length, cycle), length)
            source.conditioned = True
            assert "equal to the last" in _refusal(Pool([source]), (length, cycle)), (length, cycle)


class _Alternating(_Generator):
    """Each `cycle`-th piece is the same, the others are fresh."""

    def piece(self):
        self.count += 1
        return _fresh(self.count if self.count % self.cycle else 0, self.length)


def one_value_among_fresh_ones_is_seen():
    """Of two or more rings that are read in turn one is stuck."""
    for every in (2, 3, 4):
        source = _Source(_Alternating(32, every), 32)
        source.conditioned = True
        pool = Pool([source])
        assert "equal to the last" in (_refusal(pool, every) or _refusal(pool, every)), every


def a_stuck_source_does_not_come_in_again_by_another_start_up_test():
    generator = _Generator(32, 6)  # longer than the start-up test and less than that and the seed
    source = _Source(generator, 32)
    source.conditioned = True
    pool = Pool([source])
    assert _refusal(pool, "") == ""
    for _ in range(20):
        assert _refusal(pool, "")


def draws_are_whole_blocks():
    class Asked(_Source):
        block = 24
        lengths = ()

        def fill(self, buf):
            self.lengths += (len(buf),)
            _Source.fill(self, buf)

    for conditioned, startup in ((True, 144), (False, 1032)):
        source = Asked(_Generator(24, 1, 1000000))
        source.conditioned = conditioned
        run(Pool([source]).reseed())
        assert all(length % 24 == 0 for length in source.lengths), source.lengths
        assert sum(source.lengths) == startup + 48, source.lengths


def a_shorter_last_part_of_the_start_up_is_whole_blocks_too():
    source = _Source(_Generator(24, 1, 1000000), 24)
    run(draw(Monitor(source), bytearray(240)))
    assert source._generator.count == (1032 + 240) // 24


def rejects_a_block_that_is_too_short_to_be_compared():
    try:
        Monitor(_Source(_Generator(8, 1), 8))
    except ValueError:
        return
    raise AssertionError("blocks of 8 bytes come again by chance")
