"""What stands in the way of a connection on this board: `latchkey.doctor.report()` on the REPL, `report("example.org", 8883)` to try one.

It says which arithmetic runs here and how regular its time is, whether randomness and clock can be trusted, and how much heap there is.
Without a host it connects to nothing. It seeds the pool anew, as a handshake would: so every source is drawn on and tested.

It measures the heap before it loads anything, and gives back what it loads, after each part: names stay for good, and should not come to
lie in the middle.
"""

import gc
import sys
import time


def report(host=None, port=443, context=None):
    """Print the findings, one a line; those that begin with "!" want something done. With a host a connection is tried, too."""
    for line in findings(host, port, context):
        print(line)


def findings(host=None, port=443, context=None):
    """The lines of `report`."""
    memory = _memory()
    before = set(sys.modules)
    out = ["{}, {}".format(sys.version.split("; ")[-1], getattr(sys.implementation, "_machine", sys.platform))]
    from latchkey import packing

    for finding in (_files, _arithmetic, _clock, _randomness):
        begun = packing.begin(True)
        try:
            out += finding()
        finally:
            if begun:
                packing.end()
            _drop_all_but(before)
    out += memory
    if host is not None:
        from latchkey import attempt

        out += attempt.findings(host, port, context)
        _drop_all_but(before)
    return out


def _drop_all_but(before):
    """Drop the modules that were not there before, and this one.

    An ESP32 gives back machine code only with a soft reset: there kernels stay, and with them what they are made of.
    """
    from latchkey.crypto import kernels

    staying = () if kernels.which() in ("umaal", "umlal", "") else ("latchkey.crypto", "latchkey._", "latchkey.errors")
    for name in list(sys.modules):
        ours = name.startswith("latchkey") and not any(name.startswith(start) for start in staying)
        if name == __name__ or (ours and name not in before):
            module = sys.modules.pop(name)
            end = name.rfind(".")
            package = sys.modules.get(name[: max(end, 0)])
            if getattr(package, name[end + 1 :], None) is module:
                delattr(package, name[end + 1 :])
    gc.collect()


def _files():
    import latchkey
    from latchkey import inventory

    return inventory.findings(latchkey.__path__)


def _arithmetic():
    from latchkey.crypto import aes, gcm, kernels, p256, rsa
    from latchkey.crypto.field.machine import kernel_name

    curve = kernel_name(p256.CURVE.field)
    names = (("P-256", curve), ("RSA", rsa.kernel().NAME), ("AES", aes.kernel().NAME), ("GHASH", gcm.kernel().NAME))
    out = ["arithmetic: " + ", ".join(["{} {}".format(work, name) for work, name in names])]
    if kernels.which() == "umlal":
        out.append("! this core's multiplier takes a time that depends on its operands: no timing is claimed to be regular")
    elif curve == "portable":
        out.append("! P-256 runs on Python integers, whose time depends on secrets: install the native kernels for this board")
    if kernels.unsafe:
        out.append(
            "! MicroPython up to 1.25 compiles viper wrongly for this core, so its kernels are not used from .py files nor frozen:"
            " install the .mpy files (make build ARCH=xtensawin), or MicroPython 1.26 or later"
        )
    out += [
        "! no memory for the machine code of {}: a slower kernel does its work until a soft reset".format(name) for name in kernels.no_room
    ]
    out += ["! kernel {} gave a wrong answer and is not used: the board or its build is at fault".format(name) for name in kernels.failed]
    return out


def _clock():
    from latchkey.context import RELEASED, system_time

    now = system_time()
    if now < RELEASED:
        return ["! the clock says {}, before this release: set it (ntptime.settime()), else no date is judged".format(_date(now))]
    return ["clock: {}".format(_date(now))]


def _date(seconds):
    year = 1970 if time.gmtime(0)[0] == 1970 else 2000
    fields = time.gmtime(seconds if year == 1970 else seconds - 946684800)
    return "%d-%02d-%02d %02d:%02d UTC" % fields[:5]


def _randomness():
    from latchkey import entropy
    from latchkey.crypto.job import run
    from latchkey.errors import Fault

    pool = entropy.default()
    idle = pool.drbg is None
    try:
        run(pool.reseed())
        return _sources(pool)
    except Fault as fault:
        return ["! " + str(fault)]
    finally:
        if idle and pool.is_mine():
            pool.close()


def _sources(pool):
    from latchkey.entropy.health import counts
    from latchkey.entropy.reporting import complaint

    return ["randomness: " + pool.name] + ["! " + wrong for wrong in [complaint(m) for m in pool.monitors if counts(m.source)] if wrong]


def _memory():
    gc.collect()
    out = ["heap: {} bytes free".format(gc.mem_free())]
    try:
        bytearray(16384 + 2048 + 64)
    except MemoryError:
        out.append("! no room for the default buffers in one piece: make the context early, or give it receive_buffer=2048")
    return out
