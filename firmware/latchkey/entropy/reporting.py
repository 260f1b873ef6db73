"""What the pool knows of itself and its sources, in lines for a person."""

import time

from latchkey.entropy.health import FALSE_ALARM, counts, test_only


def lines(pool):
    """The report as a list of strings."""
    out = []
    if pool.test_only:
        out.append("WARNING: a test-only source is in use; nothing made with it is secret")
    out.append("{}: {}".format(pool.name, "ready" if pool.ready() else "NOT READY"))
    out.append("  " + pool.state(time.ticks_ms()))
    for monitor in pool.monitors:
        out += _source_lines(monitor)
    return out


def print_report(pool):
    """Print it."""
    for line in lines(pool):
        print(line)


def _source_lines(monitor):
    source = monitor.source
    out = [f"{source.name}: {_standing(source)}, {_state(monitor)}"]
    if counts(source):
        kind = "conditioned" if getattr(source, "conditioned", False) else "raw"
        out.append(f"  {source.min_entropy} bits of min-entropy claimed per byte, {kind}; {monitor.drawn} bytes drawn")
        out.append(
            f"  cut-offs: {monitor.repetition_cutoff} in a row, {monitor.proportion_cutoff} of 512 (false alarm {FALSE_ALARM});"
            f" start-up tests passed {monitor.startups}, failures {monitor.failures}"
        )
    complaint = monitor.why_not()
    if complaint:
        out.append("  " + complaint)
    return out


def _standing(source):
    if test_only(source):
        return "TEST ONLY"
    return "trusted" if source.trusted else "not trusted, mixed in and not counted"


def _state(monitor):
    if not monitor.ready():
        return "out"
    return "in use" if monitor.passed else "not yet tested"
