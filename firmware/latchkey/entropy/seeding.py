"""How a seed is drawn: from every source of a pool, and each byte through the health tests (see health.py). Loaded to seed, and dropped
with what begins a handshake.
"""

import time
from hashlib import sha256

from latchkey.crypto.hashes import finish
from latchkey.crypto.util import wipe
from latchkey.entropy.drbg import HMAC_DRBG
from latchkey.entropy.health import counts, failed
from latchkey.errors import Fault, TLSError

_NO_TRUSTED_SOURCE = const(700)
_SOURCE_NOT_READY = const(701)
_SOURCE_BROKEN = const(702)
_REPETITION = const(703)
_PROPORTION = const(704)
_DEAD_PATTERN = const(705)

_FIRST_BITS = const(384)
_RESEED_BITS = const(256)
_TRUSTED_BYTES = const(48)  # at least
_UNTRUSTED_BYTES = const(32)
_REQUESTS = const(1024)  # reseed after so many

_FINGERPRINT = const(8)  # bytes of a block's SHA-256
_REMEMBERED = const(128)  # bytes of fingerprints: 16 blocks
_STARTUP_BLOCKS = const(4)  # at least: one more than the longest cycle that a first seed is to be safe from
_WINDOW = const(512)
_RAW_STARTUP = const(1024)  # samples, SP 800-90B section 4.3
_CONDITIONED_STARTUP = const(128)  # total failure shows in the first block; more would cost a chip 0.2 s and more


def seed(pool, wait):
    """Job: draw from every source that is ready, and make or mix the DRBG's seed of it. Faults where none counts."""
    bits = _FIRST_BITS if pool.drbg is None else _RESEED_BITS
    sizes = [_size(m, bits) for m in pool.monitors]
    seed = bytearray(sum(sizes))
    try:
        counted, sick = yield from _gather(pool, seed, sizes, wait)
        if counted:
            if pool.drbg is None:
                pool.drbg = HMAC_DRBG(seed)
            else:
                try:
                    pool.drbg.reseed(seed)
                except BaseException:
                    pool.end()
                    raise
                pool.reseeds += 1
            pool.seeded = time.ticks_ms()
    finally:
        wipe(seed)
    if not counted and (sick or pool.drbg is None):
        pool.end()
        from latchkey.entropy.reporting import complaints

        raise Fault(_NO_TRUSTED_SOURCE, complaints(pool.monitors))
    pool.tried = time.ticks_ms()
    pool.due_at = pool.drbg.requests + _REQUESTS


def _gather(pool, seed, sizes, wait):
    """Job: draw into `seed`; how many sources gave something that counts, and whether one of them failed its tests."""
    used = counted = 0
    sick = False
    for monitor, size in zip(pool.monitors, sizes):
        try:
            yield from draw(monitor, memoryview(seed)[used : used + size], wait)
        except Fault as fault:
            if failed(fault):
                monitor.gave = False
                sick = sick or counts(monitor.source)
            continue
        monitor.gave = True
        used += size
        counted += counts(monitor.source)
    return counted, sick


def _size(monitor, bits):
    """Bytes to draw: enough for `bits`, 48 at least, in whole blocks."""
    source = monitor.source
    need = max(-(-bits // source.min_entropy), _TRUSTED_BYTES) if counts(source) else _UNTRUSTED_BYTES
    return -(-need // monitor.block) * monitor.block


def draw(monitor, buf, wait=True):
    """Job: fill `buf` (whole blocks of the source) with tested bytes. Faults with the reason; `buf` is then zeroed.

    Without `wait` a device that another task is using is not waited for: whoever blocks would wait for ever.
    """
    try:
        # A source that waits for a device says in its own job what is wrong: to ask it before would block.
        if not hasattr(monitor.source, "filling") and not monitor.source.ready():
            raise Fault(_SOURCE_NOT_READY, f"{monitor.source.name}: {monitor.source.why_not()}")
        if not monitor.passed:
            samples = _CONDITIONED_STARTUP if getattr(monitor.source, "conditioned", False) else _RAW_STARTUP
            left = max(-(-samples // monitor.block), _STARTUP_BLOCKS) * monitor.block
            monitor._value, monitor._seen = -1, _WINDOW
            while left > 0:  # the samples are thrown away
                yield from _fill(monitor, memoryview(buf)[: min(left, len(buf))], wait)
                left -= len(buf)
            monitor.passed = True
            monitor.startups += 1
        yield from _fill(monitor, buf, wait)
    except (Fault, OSError) as fault:
        wipe(buf)
        if isinstance(fault, TLSError):  # of a device that was not waited for
            fault = Fault(fault.cause, fault.detail)
        if not isinstance(fault, Fault) or fault.cause in getattr(monitor.source, "broken", ()):
            fault = Fault(_SOURCE_BROKEN, f"{monitor.source.name}: {fault}")
        monitor.failure = fault
        if fault.cause != _SOURCE_NOT_READY:
            monitor.passed = False
        if failed(fault):
            monitor.failures += 1
        raise fault
    monitor.failure = None
    monitor.drawn += len(buf)


def _fill(monitor, buf, wait):
    source = monitor.source
    if wait and hasattr(source, "filling"):
        yield from source.filling(buf)
    else:
        source.fill(buf)
    block = monitor.block
    for start in range(0, len(buf), block):
        _test(monitor, memoryview(buf)[start : start + block])
        yield 0


def _test(monitor, block):
    """One block: a word and nothing else, those before it, then each byte through both tests of section 4.4."""
    size = len(block)
    if block[4:] == block[: size - 4]:
        word = bytes(block[:4])
        what = {b"\x00\x00\x00\x00": "all zero", b"\xff\xff\xff\xff": "all one"}.get(word) or "each word equal to the last, " + " ".join(
            ["%02X" % byte for byte in word]
        )
        raise Fault(_DEAD_PATTERN, f"{monitor.source.name}: {what}")
    fingerprint = finish(sha256(block))[:_FINGERPRINT]
    if fingerprint in monitor._blocks:
        raise Fault(_DEAD_PATTERN, monitor.source.name + ": a block equal to the last or to one of the 15 before it")
    monitor._blocks = (monitor._blocks + fingerprint)[-_REMEMBERED:]
    last, repeats, first, count, seen = monitor._value, monitor._repeats, monitor._first, monitor._count, monitor._seen
    at = 0
    while at < size:
        if seen == _WINDOW:
            first = block[at]
            count = seen = 0
        n = min(size - at, _WINDOW - seen)
        for value in block[at : at + n]:
            if value == last:
                repeats += 1
                if repeats >= monitor.repetition_cutoff:
                    raise Fault(_REPETITION, monitor.source.name)
            else:
                last = value
                repeats = 1
            if value == first:
                count += 1
                if count >= monitor.proportion_cutoff:
                    raise Fault(_PROPORTION, monitor.source.name)
        seen += n
        at += n
    monitor._value, monitor._repeats, monitor._first, monitor._count, monitor._seen = last, repeats, first, count, seen
