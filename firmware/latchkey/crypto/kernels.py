"""Which kernel does a piece of work here: the first that suits the core, is installed, and gives the known answer."""

import os
import sys

from latchkey.crypto import core

failed = []  # names of kernels that gave a wrong answer: something is wrong with the board or the build, and the doctor says so
unsafe = []  # names of modules that this firmware compiled, and can't
no_room = []  # names of modules that found no memory for their machine code


def load(work, works, kinds=("thumb2", "viper", "portable"), thumb2=("umaal", "umlal")):
    """The first module `kernel_KIND_WORK` that will do, for a `work` such as "ghash".

    `works(module)` is its known-answer test; `thumb2`: the cores (answers of `core.which()`) that its Thumb-2 code is for.
    """
    which = core.which()
    for kind in kinds:
        if (kind == "thumb2" and which not in thumb2) or (kind in ("rv32", "xtensa") and kind != which) or (kind == "viper" and not which):
            continue
        module = _import("latchkey.crypto.kernel_" + kind + "_" + work)
        if module:
            if works(module):
                return module
            failed.append(kind + "_" + work)
    raise ImportError("no working kernel for " + work)


def installed(name):
    """Whether a module of this package is there. Of a file it is not loaded for that; what is frozen can't be asked for otherwise, so all
    that comes with it is dropped again. P-384, which would take most room, is frozen with the rest."""
    if "latchkey.crypto" not in sys.modules:
        __import__("latchkey.crypto")  # of the bundle nothing else may have
    path: Any = sys.modules["latchkey.crypto"].__path__
    if path.startswith(".frozen"):
        if name == "p384":
            return True
        before = list(sys.modules)
        there = _import("latchkey.crypto." + name) is not None
        for module in list(sys.modules):
            if module not in before:
                del sys.modules[module]
                parent, _, child = module.rpartition(".")
                if parent in before:
                    delattr(sys.modules[parent], child)
        return there
    for end in (".mpy", ".py"):
        try:
            os.stat(path + "/" + name + end)
            return True
        except OSError:
            pass
    return False


def _import(name):
    """A kernel's module, or None where it isn't installed, or the firmware doesn't take its native code or made it itself and can't, or has
    no room for it. An ESP32 does not give back what a part of it took, so that is not tried again.
    """
    if name in no_room:
        return None
    try:
        __import__(name)
    except MemoryError:
        if "portable" in name or core.which() in ("umaal", "umlal"):  # in the heap, which is given back
            raise
        no_room.append(name)
        return None
    except (ImportError, ValueError, SyntaxError, NotImplementedError):
        return None
    module = sys.modules[name]
    # Its known-answer test would crash the board. What is frozen says ".py", too, whoever compiled it.
    if "viper" in name and core.miscompiles() and not getattr(module, "__file__", "").endswith(".mpy"):
        if name not in unsafe:
            unsafe.append(name)
        return None
    return module
