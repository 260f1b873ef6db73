"""Health tests: what puts a source out, and what lets it in again."""

from latchkey.crypto.job import run
from latchkey.entropy.health import Monitor, cutoffs
from latchkey.entropy.reporting import complaint
from latchkey.entropy.seeding import draw
from latchkey.errors import Fault

REPETITION, PROPORTION, DEAD = 703, 704, 705


class _Source:
    """Good bytes (a counter hashed) with a script of bad ones: `bad(n)` may replace the n-th block of 32."""

    name = "test source"
    trusted = True

    def __init__(self, min_entropy=8, conditioned=True, bad=None):
        self.min_entropy = min_entropy
        self.conditioned = conditioned
        self.bad = bad or (lambda n: None)
        self.blocks = 0
        self.is_ready = True

    def ready(self):
        return self.is_ready

    def why_not(self):
        return "" if self.is_ready else "plug it in"

    def fill(self, buf):
        import hashlib

        for at in range(0, len(buf), 32):
            self.blocks += 1
            buf[at : at + 32] = self.bad(self.blocks) or hashlib.sha256(str(self.blocks).encode()).digest()


def _cause(monitor, length=64):
    buf = bytearray(b"\x01" * length)
    try:
        run(draw(monitor, buf))
    except Fault as fault:
        assert buf == bytes(length), "a failed draw leaves nothing behind"
        return fault.cause
    return None


def a_conditioned_source_passes_a_start_up_of_128_samples():
    source = _Source()
    monitor = Monitor(source)
    assert _cause(monitor) is None
    assert source.blocks == 4 + 2
    assert monitor.passed and monitor.startups == 1 and monitor.drawn == 64


def a_raw_source_passes_a_start_up_of_1024_samples():
    source = _Source(4, conditioned=False)
    assert _cause(Monitor(source)) is None
    assert source.blocks == 32 + 2


def a_source_that_does_not_say_whether_it_is_conditioned_counts_as_raw():
    source = _Source(4)
    del source.conditioned
    assert _cause(Monitor(source)) is None
    assert source.blocks == 32 + 2


def the_samples_of_the_start_up_are_not_given_out():
    source = _Source()
    buf = bytearray(32)
    run(draw(Monitor(source), buf))
    import hashlib

    assert buf == hashlib.sha256(b"5").digest()


def all_zero_is_refused():
    assert _cause(Monitor(_Source(bad=lambda n: bytes(32)))) == DEAD


def all_one_is_refused():
    assert _cause(Monitor(_Source(bad=lambda n: b"\xff" * 32))) == DEAD


def the_pattern_of_an_unlocked_chip_is_refused():
    assert _cause(Monitor(_Source(bad=lambda n: b"\xff\xff\x00\x00" * 8))) == DEAD


def the_pattern_of_an_unlocked_ataes132a_is_refused():
    assert _cause(Monitor(_Source(bad=lambda n: b"\xa5" * 32))) == DEAD


def a_block_equal_to_the_last_is_refused():
    assert _cause(Monitor(_Source(bad=lambda n: bytes(range(32))))) == DEAD


def a_byte_that_repeats_to_the_cut_off_is_refused():
    block = bytes(range(40, 54)) + b"\x07" * 6 + bytes(range(60, 72))
    assert _cause(Monitor(_Source(bad=lambda n: block if n == 2 else None))) == REPETITION


def a_byte_that_repeats_to_one_below_the_cut_off_passes():
    block = bytes(range(40, 55)) + b"\x07" * 5 + bytes(range(60, 72))
    assert _cause(Monitor(_Source(bad=lambda n: block if n == 2 else None))) is None


def a_repetition_across_two_draws_is_seen():
    blocks = {5: bytes(range(28)) + b"\x07" * 4, 6: b"\x07" * 2 + bytes(range(30))}
    monitor = Monitor(_Source(bad=blocks.get))
    assert _cause(monitor, 32) is None
    assert _cause(monitor, 32) == REPETITION


def a_byte_that_comes_too_often_in_a_window_is_refused():
    # Every third byte is the window's first: far over 78 of 512, never twice in a row.
    def biased(n):
        return bytes(0x55 if i % 3 == 0 else (n * 32 + i) & 255 for i in range(32))

    assert _cause(Monitor(_Source(4, conditioned=False, bad=biased))) == PROPORTION


def a_failed_source_is_out_until_it_passes_the_start_up_again():
    source = _Source(bad=lambda n: bytes(32) if n == 6 else None)
    monitor = Monitor(source)
    assert _cause(monitor) == DEAD
    assert not monitor.passed and not monitor.ready() and "dead" in complaint(monitor)
    before = source.blocks
    assert _cause(monitor) is None
    assert source.blocks == before + 4 + 2 and monitor.ready() and complaint(monitor) == ""
    assert monitor.startups == 2 and monitor.failures == 1


def a_failure_in_the_start_up_keeps_a_source_out():
    monitor = Monitor(_Source(bad=lambda n: bytes(32) if n == 1 else None))
    assert _cause(monitor) == DEAD
    assert monitor.startups == 0 and not monitor.ready()


def a_source_that_is_not_ready_is_not_a_failed_one():
    source = _Source()
    source.is_ready = False
    monitor = Monitor(source)
    assert _cause(monitor) == 701
    assert monitor.failures == 0 and complaint(monitor) == "test source: plug it in"
    source.is_ready = True
    assert _cause(monitor) is None


def an_os_error_of_a_source_puts_it_out():
    class Broken(_Source):
        def fill(self, buf):
            raise OSError("RNG failed")

    monitor = Monitor(Broken())
    assert _cause(monitor) == 702
    assert "RNG failed" in complaint(monitor)


def a_source_that_waits_yields_while_it_waits():
    class Slow(_Source):
        def filling(self, buf):
            yield 7
            self.fill(buf)

    pauses = list(draw(Monitor(Slow()), bytearray(32)))
    assert pauses.count(7) == 5 and max(pauses) == 7


def rejects_a_claim_below_one_bit_per_byte():
    try:
        cutoffs(0.5)
    except ValueError:
        return
    raise AssertionError("no test fits such a source")


def a_source_stuck_at_a_word_is_named_with_it():
    source = _Source(bad=lambda n: b"\x01\x02\xab\x00" * 8 if n > 6 else None)
    monitor = Monitor(source)
    assert _cause(monitor) is None and _cause(monitor) == DEAD
    assert "01 02 AB 00" in complaint(monitor)
    assert source.blocks == 8, "in its first block"
