"""The pool: closed without a trusted source, open with one, and what it says about both."""

from latchkey.crypto.job import run
from latchkey.entropy.pool import Pool
from latchkey.errors import Fault, describe


class _Source:
    conditioned = True

    def __init__(self, name, trusted=True, min_entropy=8, why_not=""):
        self.name = name
        self.trusted = trusted
        self.min_entropy = min_entropy
        self.reason = why_not
        self.drawn = 0
        self.stuck = False

    def ready(self):
        return not (self.trusted and self.reason)

    def why_not(self):
        return self.reason

    def fill(self, buf):
        import hashlib

        for at in range(0, len(buf), 32):
            self.drawn += 32
            buf[at : at + 32] = bytes(32) if self.stuck else hashlib.sha256(self.name + str(self.drawn)).digest()


def _refusal(pool):
    try:
        pool.fill(bytearray(8))
    except Fault as fault:
        assert fault.cause == 700
        assert not pool.ready()
        return describe(fault.cause, fault.detail)[1]
    raise AssertionError("the pool gave bytes")


def rejects_a_board_without_any_source():
    sentence = _refusal(Pool([]))
    assert "no trustworthy source" in sentence and "this board has none" in sentence


def rejects_untrusted_sources_alone_and_says_what_to_do():
    sentence = _refusal(Pool([_Source("weak", False, 1, "a toy; attach a chip")]))
    assert "weak is not trusted: a toy; attach a chip" in sentence


def names_every_source_that_was_tried():
    stuck = _Source("stuck RNG")
    stuck.stuck = True
    sentence = _refusal(Pool([stuck, _Source("radio", why_not="switch it on"), _Source("weak", False, 1, "a toy")]))
    assert "stuck RNG: all zero" in sentence and "radio: switch it on" in sentence and "weak is not trusted" in sentence


def a_trusted_source_opens_the_pool():
    pool = Pool([_Source("good")])
    assert pool.ready() and pool.why_not() == ""
    a, b = bytearray(40), bytearray(40)
    pool.fill(a)
    pool.fill(b)
    assert a != b and a != bytes(40)


def the_first_seed_takes_384_bits_and_at_least_48_bytes_of_each_trusted_source():
    strong, cautious, weak = _Source("s", min_entropy=8), _Source("c", min_entropy=4), _Source("w", False, 1, "toy")
    pool = Pool([strong, cautious, weak])
    pool.fill(bytearray(1))
    # After the start-up test; in whole blocks of 32.
    assert pool.monitors[0].drawn == 64 and pool.monitors[1].drawn == 96 and pool.monitors[2].drawn == 32


def an_untrusted_source_that_fails_its_tests_harms_nobody():
    weak = _Source("w", False, 1, "toy")
    weak.stuck = True
    pool = Pool([_Source("good"), weak])
    pool.fill(bytearray(1))
    assert pool.monitors[1].failures == 1


def a_second_trusted_source_that_fails_is_left_out():
    bad = _Source("bad")
    bad.stuck = True
    pool = Pool([_Source("good"), bad])
    pool.fill(bytearray(1))
    assert pool.ready() and pool.monitors[1].failures == 1


def the_seed_depends_on_every_source():
    def first(*sources):
        buf = bytearray(32)
        Pool(sources).fill(buf)
        return bytes(buf)

    assert first(_Source("a"), _Source("b")) == first(_Source("a"), _Source("b"))
    assert first(_Source("a"), _Source("b")) != first(_Source("a"), _Source("c"))
    assert first(_Source("a"), _Source("b", False, 1, "toy")) != first(_Source("a"), _Source("c", False, 1, "toy"))


def reseed_draws_from_the_sources_again():
    pool = Pool([_Source("good", min_entropy=4)])
    run(pool.reseed())
    assert pool.monitors[0].drawn == 96 and pool.reseeds == 0
    run(pool.reseed())
    assert pool.monitors[0].drawn == 96 + 64 and pool.reseeds == 1


def it_reseeds_after_1024_requests():
    pool = Pool([_Source("good")])
    buf = bytearray(1)
    for _ in range(1024):
        pool.fill(buf)
    assert pool.reseeds == 0
    pool.fill(buf)
    assert pool.reseeds == 1


def it_reseeds_after_an_hour():
    import latchkey.entropy.pool as module

    class Clock:
        now = 0

        def ticks_ms(self):
            return self.now

        def ticks_diff(self, a, b):
            return a - b

    real, clock = module.time, Clock()
    module.time = clock
    try:
        pool = Pool([_Source("good")])
        pool.fill(bytearray(1))
        clock.now = 3599999
        pool.fill(bytearray(1))
        assert pool.reseeds == 0
        clock.now = 3600000
        pool.fill(bytearray(1))
        assert pool.reseeds == 1
    finally:
        module.time = real


def a_seeded_pool_goes_on_while_its_source_is_away():
    source = _Source("radio")
    pool = Pool([source])
    pool.fill(bytearray(1))
    source.reason = "switched off"
    run(pool.reseed())
    pool.fill(bytearray(1))
    assert pool.ready()


def a_source_that_is_away_is_asked_again_after_as_many_requests():
    source = _Source("radio")
    pool = Pool([source])
    buf = bytearray(1)
    pool.fill(buf)
    source.reason = "switched off"
    for _ in range(1023 + 1024):
        pool.fill(buf)
    source.reason = ""
    pool.fill(buf)
    assert pool.reseeds == 1 and pool.drbg.requests == 1


def a_fill_never_waits_for_a_source_and_a_reseed_does():
    class Busy(_Source):
        def filling(self, buf):
            yield 3
            self.fill(buf)

        def fill(self, buf):
            if self.reason:
                raise Fault(810)
            _Source.fill(self, buf)

    source = Busy("chip")
    pool = Pool([source])
    assert 3 in list(pool.reseed())
    source.reason = "another task has it"
    for _ in range(1030):
        pool.fill(bytearray(1))
    assert pool.reseeds == 0 and pool.monitors[0].failures == 0


def a_source_that_fails_its_tests_later_closes_the_pool():
    source = _Source("good")
    pool = Pool([source])
    pool.fill(bytearray(1))
    source.stuck = True
    try:
        run(pool.reseed())
    except Fault as fault:
        assert fault.cause == 700
    else:
        raise AssertionError("reseeded from a dead source")
    assert "all zero" in _refusal(pool)
    source.stuck = False
    pool.fill(bytearray(1))
    assert pool.ready()


def a_test_only_source_works_and_is_named_everywhere():
    from latchkey.entropy.reporting import lines
    from latchkey.entropy.test_only import TestOnly

    pool = Pool([TestOnly(b"seed")])
    a, b = bytearray(32), bytearray(32)
    pool.fill(a)
    Pool([TestOnly(b"seed")]).fill(b)
    assert a == b and pool.test_only
    assert "TEST ONLY" in pool.name and "WARNING" in lines(pool)[0] and "TEST ONLY" in lines(pool)[3]


def a_test_only_source_shows_beside_a_trusted_one():
    from latchkey.entropy.test_only import TestOnly

    pool = Pool([_Source("good"), TestOnly(b"seed")])
    assert pool.test_only and "TEST ONLY" in pool.name


def the_report_names_sources_state_bytes_and_counts():
    from latchkey.entropy.reporting import lines

    stuck = _Source("stuck RNG", min_entropy=4)
    stuck.stuck = True
    pool = Pool([_Source("good"), stuck, _Source("weak", False, 1, "toy")])
    pool.fill(bytearray(1))
    text = "\n".join(lines(pool))
    assert "good: trusted, in use" in text and "64 bytes drawn" in text and "start-up tests passed 1, failures 0" in text
    assert "stuck RNG: trusted, out" in text and "failures 1" in text and "11 in a row, 78 of 512 (false alarm 2^-40)" in text
    assert "weak: not trusted, mixed in and not counted" in text


def close_wipes_the_generator():
    pool = Pool([_Source("good")])
    pool.fill(bytearray(1))
    state = pool.drbg
    mac, value = state._mac, state._value
    pool.close()
    assert mac._inner_key == bytes(64) and value == bytes(32)
