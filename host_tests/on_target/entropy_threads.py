"""The pool has no lock: it serves the thread that used it first, and refuses another before it touches anything."""

import _thread
import time

from latchkey.crypto.job import run
from latchkey.entropy.pool import Pool
from latchkey.entropy.reporting import lines
from latchkey.errors import Fault, TLSError, describe

TARGETS = ("unix",)


class _Source:
    name = "source"
    trusted = conditioned = True
    min_entropy = 8
    asked = count = 0

    def ready(self):
        self.asked += 1
        return True

    def why_not(self):
        self.asked += 1
        return ""

    def fill(self, buf):
        import hashlib

        for at in range(0, len(buf), 32):
            self.count += 1
            buf[at : at + 32] = hashlib.sha256(str(self.count).encode()).digest()


def _elsewhere(call):
    """What `call` returns in a thread of its own, or the cause of its error."""
    answers = []

    def work():
        try:
            answers.append(call())
        except (Fault, TLSError) as error:
            answers.append(error.cause)

    _thread.start_new_thread(work, ())
    while not answers:
        time.sleep_ms(1)
    return answers[0]


def _seen(pool):
    """All that a call could change."""
    source, monitor = pool.monitors[0].source, pool.monitors[0]
    drbg = pool.drbg
    state = drbg and (bytes(drbg._value), bytes(drbg._mac._inner_key), drbg.requests)
    return source.asked, source.count, monitor.drawn, monitor.failures, pool.reseeds, pool.seeded, pool._turn.holder, state


_CALLS = {
    "fill": lambda pool: pool.fill(bytearray(8)),
    "reseed": lambda pool: run(pool.reseed()),
    "reseed without waiting": lambda pool: run(pool.reseed(False)),
    "close": lambda pool: pool.close(),
}


def rejects_a_call_from_another_thread_before_it_touches_anything():
    for name, call in _CALLS.items():
        for use in (lambda pool: pool.ready(), lambda pool: pool.fill(bytearray(1))):
            pool = Pool([_Source()])
            use(pool)
            before = _seen(pool)
            assert _elsewhere(lambda call=call, pool=pool: call(pool)) == 708, name
            assert _seen(pool) == before, name
            assert call(pool) is None, name


def is_not_ready_in_another_thread_and_says_why():
    pool = Pool([_Source()])
    pool.fill(bytearray(1))
    before = _seen(pool)
    assert _elsewhere(lambda: pool.ready()) is False
    sentence = _elsewhere(lambda: pool.why_not())
    assert sentence == describe(708)[1] and "thread" in sentence
    assert _elsewhere(lambda: lines(pool)) == [sentence]
    assert _seen(pool) == before
    assert pool.ready() and pool.why_not() == ""


def belongs_to_whoever_uses_it_first_and_not_to_who_made_it():
    pool = Pool([_Source()])
    assert _elsewhere(lambda: pool.fill(bytearray(1))) is None
    try:
        pool.fill(bytearray(1))
    except TLSError as error:
        assert error.cause == 708
        return
    raise AssertionError("two threads were served")


def is_handed_over_by_its_owner_alone():
    pool = Pool([_Source()])
    pool.fill(bytearray(1))
    assert _elsewhere(lambda: pool.close()) == 708 and pool.drbg
    pool.close()
    assert pool.drbg is None
    assert _elsewhere(lambda: pool.fill(bytearray(1))) is None and pool.drbg


def keeps_its_owner_when_its_sources_fail():
    class Stuck(_Source):
        def fill(self, buf):
            pass

    pool = Pool([Stuck()])
    for _ in range(2):
        try:
            pool.fill(bytearray(1))
        except TLSError as error:
            assert error.cause == 700
    assert _elsewhere(lambda: pool.fill(bytearray(1))) == 708
