"""The pool: closed without a trusted source, open with one, and what it says about both."""

from latchkey.crypto.job import run
from latchkey.entropy.pool import Pool
from latchkey.errors import Fault, TLSError, describe


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
    except TLSError as error:
        assert error.cause == 700
        assert not pool.ready()
        assert describe(error.cause, error.detail)[1] == str(error)
        return str(error)
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
    from latchkey.entropy import seeding

    class Clock:
        now = 0

        def ticks_ms(self):
            return self.now

        def ticks_diff(self, a, b):
            return a - b

    real, clock = module.time, Clock()
    module.time = seeding.time = clock
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
        module.time = seeding.time = real


def a_seeded_pool_goes_on_while_its_source_is_away():
    source = _Source("radio")
    pool = Pool([source])
    pool.fill(bytearray(1))
    source.reason = "switched off"
    run(pool.reseed())
    pool.fill(bytearray(1))
    assert pool.ready() and pool.name == "HMAC_DRBG over radio"


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


class _Slow(_Source):
    """A source that is waited for between its blocks, and tells in `log` who was drawing."""

    log = ()

    def filling(self, buf):
        for at in range(0, len(buf), 32):
            self.log += (len(buf),)
            yield 3
            self.fill(memoryview(buf)[at : at + 32])


def _ends(job):
    """None, or the cause of the Fault with which a job ends."""
    try:
        run(job)
    except Fault as fault:
        return fault.cause


def _into(job):
    """A job that has drawn a block and waits for the next one."""
    while next(job) != 3:
        pass
    while next(job) != 3:
        pass
    return job


def two_tasks_seed_it_one_after_the_other():
    source = _Slow("chip", min_entropy=4)
    pool = Pool([source])
    jobs = [pool.reseed(), pool.reseed()]
    while jobs:
        for job in jobs[:]:
            try:
                next(job)
            except StopIteration:
                jobs.remove(job)
    startup, first, again = (96,) * 3 + (32,), (96,) * 3, (64,) * 2
    assert source.log == startup + first + again and pool.reseeds == 1


def no_seed_of_fewer_bits_opens_a_pool_that_was_closed_meanwhile():
    """A reseed draws 256 bits, because there is a seed; if that is gone when they have come, they are not enough for another."""
    pool = Pool([_Slow("chip", min_entropy=4)])
    run(pool.reseed())
    job = _into(pool.reseed())
    pool.close()
    assert _ends(job) == 707 and pool.drbg is None
    run(pool.reseed())
    assert pool.monitors[0].drawn == 96 + 96


def who_cannot_wait_for_the_first_seed_is_refused_and_harms_nobody():
    pool = Pool([_Slow("chip")])
    job = _into(pool.reseed())
    try:
        pool.fill(bytearray(4))
    except TLSError as error:
        assert error.cause == 706 and "another task" in str(error)
    else:
        raise AssertionError("two seeds at once")
    assert _ends(job) is None
    pool.fill(bytearray(4))


def who_cannot_wait_for_a_new_seed_is_served_from_the_old_one():
    pool = Pool([_Slow("chip")])
    buf = bytearray(1)
    pool.fill(buf)
    for _ in range(1023):
        pool.fill(buf)
    job = _into(pool.reseed())
    before = pool.monitors[0].drawn
    pool.fill(buf)  # due for a reseed, which is under way
    assert pool.reseeds == 0 and pool.monitors[0].drawn == before
    assert _ends(job) is None and pool.reseeds == 1


class _Clock:
    """Stands for `time` where turns are taken: waiting is what makes time pass."""

    now = 0

    def ticks_ms(self):
        return self.now

    def ticks_diff(self, a, b):
        return a - b

    def sleep_ms(self, ms):
        self.now += ms


def a_task_that_vanished_while_seeding_is_waited_for_some_seconds_alone():
    """And a source that failed meanwhile is not let in again by what the vanished one had drawn before."""
    import latchkey.crypto.job as module

    real, clock = module.time, _Clock()
    module.time = clock
    try:
        source = _Slow("chip")
        pool = Pool([source])
        run(pool.reseed())
        job = _into(pool.reseed())
        begun = clock.now
        source.stuck = True
        assert _ends(pool.reseed()) == 700
        assert 5000 <= clock.now - begun < 6000
        source.stuck = False
        assert _ends(job) == 707
        assert pool.monitors[0].failure.cause == 705 and not pool.ready()
        assert _ends(pool.reseed()) is None and pool.ready()
    finally:
        module.time = real


def a_seeding_that_is_given_up_ends_the_turn():
    pool = Pool([_Slow("chip")])
    _into(pool.reseed()).close()
    pool.fill(bytearray(1))


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


def a_generator_that_stopped_half_way_is_seeded_anew():
    from latchkey.crypto import hashes

    real = hashes.new
    left = [0]

    def new(name):
        left[0] -= 1
        if left[0] == 0:
            raise MemoryError
        return real(name)

    for what in (lambda pool: pool.fill(bytearray(40)), lambda pool: run(pool.reseed())):
        places = 0
        while True:
            pool = Pool([_Source("good")])
            pool.fill(bytearray(1))
            hashes.new = new
            left[0] = places + 1
            try:
                what(pool)
            except MemoryError:
                pass
            else:
                break
            finally:
                hashes.new = real
            places += 1
            before = pool.monitors[0].drawn
            buf = bytearray(8)
            pool.fill(buf)
            assert any(buf) and pool.monitors[0].drawn > before and pool.ready()
        assert places >= 5, places


def its_name_says_who_gave_to_the_seed():
    away = _Source("away")
    pool = Pool([_Source("here"), away])
    assert pool.name == "HMAC_DRBG over here, away"
    away.stuck = True
    pool.fill(bytearray(1))
    assert pool.name == "HMAC_DRBG over here"
    away.stuck = False
    run(pool.reseed())
    assert pool.name == "HMAC_DRBG over here, away"


def its_name_leaves_out_who_gave_to_a_seed_before_or_failed_since():
    first, second = _Source("first"), _Source("second")
    pool = Pool([first, second])
    pool.fill(bytearray(1))
    second.stuck = True
    run(pool.reseed())
    assert pool.name == "HMAC_DRBG over first"
    pool.close()
    first.reason, second.stuck = "switched off", False
    pool.fill(bytearray(1))
    assert pool.name == "HMAC_DRBG over second"


def a_job_that_is_interrupted_while_it_waits_is_closed():
    import time

    from latchkey.crypto import job

    ended = []

    def waits():
        try:
            yield 1
        finally:
            ended.append(True)

    class Interrupted:
        def sleep_ms(self, ms):
            raise KeyboardInterrupt

    job.time = Interrupted()
    try:
        run(waits())
    except KeyboardInterrupt:
        pass
    finally:
        job.time = time
    assert ended == [True]


def a_turn_is_nobodys_after_half_a_turn_of_the_ticks():
    from latchkey.crypto import job

    class Ticks:
        now = 0

        def ticks_ms(self):
            return self.now

        def ticks_diff(self, a, b):
            return (a - b + (1 << 29) & (1 << 30) - 1) - (1 << 29)

    kept, job.time = job.time, Ticks()
    try:
        turn = job.Turn(706, 707)
        taken = turn.take(iter((0, 0)))
        next(taken)
        assert turn.taken()
        for days in (1, 6.3, 7, 10, 12.3):
            job.time.now = int(days * 86400000) & (1 << 30) - 1
            assert not turn.taken(), days
    finally:
        job.time = kept


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
    weak = text[text.index("weak: not trusted, mixed in and not counted") :]
    assert "32 bytes drawn" in weak and "start-up tests passed 1, failures 0" in weak and "claimed" not in weak


def the_report_asks_each_source_once_whether_it_is_ready():
    from latchkey.entropy.reporting import lines

    class Slow(_Source):
        asked = 0

        def ready(self):
            self.asked += 1
            return False

        def why_not(self):
            return "away"

    slow = Slow("chip")
    text = "\n".join(lines(Pool([slow])))
    assert slow.asked == 1 and "NOT READY" in text and "chip: trusted, out" in text and "chip: away" in text, (slow.asked, text)


def close_wipes_the_generator():
    pool = Pool([_Source("good")])
    pool.fill(bytearray(1))
    state = pool.drbg
    mac, value = state._mac, state._value
    pool.close()
    assert mac._inner_key == bytes(64) and value == bytes(32)
