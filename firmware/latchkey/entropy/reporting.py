"""What the pool knows of itself and its sources, in words for a person: loaded when it is asked, or refuses."""

import time

from latchkey.entropy.health import counts, failed, test_only
from latchkey.errors import describe

_SOURCE_NOT_READY = const(701)


def complaints(monitors):
    """Each source with what is wrong with it and what to do, in one sentence."""
    return "; ".join(filter(None, [complaint(m) for m in monitors])) or "this board has none"


def complaint(monitor, ready=None):
    """What is wrong with a source, with its name; "" if nothing is known to be. `ready`: its answer, if it was asked just now."""
    source = monitor.source
    if not counts(source):
        return f"{source.name} is not trusted: {source.why_not()}"
    fault = monitor.failure
    if fault and fault.cause != _SOURCE_NOT_READY:
        wrong = describe(fault.cause, fault.detail)[1]
        if failed(fault):
            return wrong
        return f"{source.name} could not be read: {wrong}; it is asked again before the next handshake"
    if ready is None:
        ready = source.ready()
    return "" if ready else f"{source.name}: {source.why_not()}"


def lines(pool):
    """The report as a list of strings."""
    if not pool.is_mine():
        return [pool.why_not()]
    out = []
    if pool.test_only:
        out.append("WARNING: a test-only source is in use; nothing made with it is secret")
    answers = [m.source.ready() for m in pool.monitors]  # once each: a chip that is missing takes seconds
    states = [_state(m, ready) for m, ready in zip(pool.monitors, answers)]
    usable = pool.drbg is not None or any(counts(m.source) and state != "out" for m, state in zip(pool.monitors, states))
    out.append("{}: {}".format(pool.name, "ready" if usable else "NOT READY"))
    out.append("  " + _seeding(pool))
    for monitor, ready, state in zip(pool.monitors, answers, states):
        out += _source_lines(monitor, ready, state)
    return out


def print_report(pool):
    """Print it."""
    for line in lines(pool):
        print(line)


def _seeding(pool):
    """When it was seeded and what it gave since."""
    if pool.drbg is None:
        return "not seeded"
    age = time.ticks_diff(time.ticks_ms(), pool.seeded) // 1000
    return f"seeded {age} s ago, {pool.drbg.requests} requests since, reseeded {pool.reseeds} times"


def _source_lines(monitor, ready, state):
    source = monitor.source
    out = [f"{source.name}: {_standing(source)}, {state}"]
    claim = ""
    if counts(source):
        kind = "conditioned" if getattr(source, "conditioned", False) else "raw"
        claim = f"{source.min_entropy} bits of min-entropy claimed per byte, {kind}; "
    out.append(f"  {claim}{monitor.drawn} bytes drawn")
    out.append(
        f"  cut-offs: {monitor.repetition_cutoff} in a row, {monitor.proportion_cutoff} of 512 (false alarm 2^-40);"
        f" no block of {monitor.block} bytes as one of the 16 before it; start-up tests passed {monitor.startups},"
        f" failures {monitor.failures}"
    )
    wrong = complaint(monitor, ready)
    if wrong:
        out.append("  " + wrong)
    return out


def _standing(source):
    if test_only(source):
        return "TEST ONLY"
    return "trusted" if source.trusted else "not trusted, mixed in and not counted"


def _state(monitor, ready):
    if not ready or (monitor.failure is not None and monitor.failure.cause != _SOURCE_NOT_READY):
        return "out"
    return "in use" if monitor.passed else "not yet tested"
