"""Which kernel does a piece of work here: the first that suits the core, is installed, and gives the known answer."""

import sys

from latchkey.crypto import core

failed = []  # names of kernels that gave a wrong answer: something is wrong with the board or the build, and the doctor says so


def load(work, thumb2, works):
    """The module `kernel_KIND_WORK` to use for `work` ("aes", "ghash", ...): Thumb-2 where the core has what it is written for
    (`thumb2`: the answers of `core.which()`), viper, portable. `works(module)` is its known-answer test."""
    which = core.which()
    kinds = ["portable"]
    if which:
        kinds.insert(0, "viper")
    if which in thumb2:
        kinds.insert(0, "thumb2")
    for kind in kinds:
        module = _import("latchkey.crypto.kernel_" + kind + "_" + work)
        if module:
            if works(module):
                return module
            failed.append(kind + "_" + work)
    raise ImportError("no working kernel for " + work)


def _import(name):
    """A kernel's module, or None where it isn't installed or the firmware doesn't take its native code."""
    try:
        __import__(name)
    except (ImportError, ValueError, SyntaxError, NotImplementedError):
        return None
    return sys.modules[name]
