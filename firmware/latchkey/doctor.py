"""What stands in the way of a connection on this board: `latchkey.doctor.report()` on the REPL.

It says which arithmetic runs here and how regular its time is, whether randomness and clock can be trusted, and how much heap there is.
It connects to nothing. It seeds the pool anew, as a handshake would: so every source is drawn on and tested.
"""

import gc
import sys
import time


def report():
    """Print the findings, one a line; those that begin with "!" want something done."""
    for line in findings():
        print(line)


def findings():
    """The lines of `report`."""
    out = ["{}, {}".format(sys.version.split("; ")[-1], getattr(sys.implementation, "_machine", sys.platform))]
    return out + _arithmetic() + _clock() + _randomness() + _memory()


def _arithmetic():
    from latchkey.crypto import aes, core, ghash, kernels, p256, rsa
    from latchkey.crypto.field.machine import kernel_name

    curve = kernel_name(p256.CURVE.field)
    names = (("P-256", curve), ("RSA", rsa.kernel().NAME), ("AES", aes.kernel().NAME), ("GHASH", ghash.kernel().NAME))
    out = ["arithmetic: " + ", ".join(["{} {}".format(work, name) for work, name in names])]
    if core.which() == "umlal":
        out.append("! this core's multiplier takes a time that depends on its operands: no timing is claimed to be regular")
    elif curve == "portable":
        out.append("! P-256 runs on Python integers, whose time depends on secrets: install the native kernels for this board")
    if kernels.unsafe:
        out.append(
            "! MicroPython up to 1.25 compiles viper wrongly for this core, so its kernels are not used from .py files nor frozen:"
            " install the .mpy files (make build ARCH=xtensawin), or MicroPython 1.26 or later"
        )
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
    from latchkey.entropy.health import counts
    from latchkey.entropy.reporting import complaint
    from latchkey.errors import Fault, describe

    pool = entropy.default()
    try:
        run(pool.reseed())
    except Fault as fault:
        return ["! " + describe(fault.cause, fault.detail)[1]]
    return ["randomness: " + pool.name] + ["! " + wrong for wrong in [complaint(m) for m in pool.monitors if counts(m.source)] if wrong]


def _memory():
    gc.collect()
    out = ["heap: {} bytes free".format(gc.mem_free())]
    try:
        bytearray(16384 + 2048 + 64)
    except MemoryError:
        out.append("! no room for the default buffers in one piece: make the context early, or give it receive_buffer=2048")
    return out
