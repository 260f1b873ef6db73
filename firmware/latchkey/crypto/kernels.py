"""Which kernel does a piece of work here: the first that suits the core, is installed, and gives the known answer.

Which core this is, is asked of it and of the firmware, never tried out: an instruction that a core lacks is a HardFault, not an exception.
This is the one module outside `latchkey_board` that reads hardware.
"""

import os
import sys

_ARMV7M = const(5)  # sys.implementation._mpy >> 10: architectures of native .mpy files; 5 to 8 are Cortex-M3 and above
_ARMV7EMDP = const(8)
_XTENSA = const(9)
_XTENSAWIN = const(10)  # with register windows: every ESP32 that is no RISC-V
_RV32IMC = const(11)
_ID_ISAR2 = const(0xE000ED68)  # ARMv7-M Architecture Reference Manual, B4.5.3: bits 23:20 say which long multiplications there are

_found: "str | None" = None
failed = []  # names of kernels that gave a wrong answer: something is wrong with the board or the build, and the doctor says so
unsafe = []  # names of modules that this firmware compiled, and can't
no_room = []  # names of modules that found no memory for their machine code


def load(work, works, kinds=("thumb2", "viper", "portable"), thumb2=("umaal", "umlal")):
    """The first module `kernel_KIND_WORK` that will do, for a `work` such as "ghash".

    `works(module)` is its known-answer test; `thumb2`: the cores (answers of `which()`) that its Thumb-2 code is for.
    """
    code = which()
    for kind in kinds:
        if (kind == "thumb2" and code not in thumb2) or (kind in ("rv32", "xtensa") and kind != code) or (kind == "viper" and not code):
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
        if "portable" in name or which() in ("umaal", "umlal"):  # in the heap, which is given back
            raise
        no_room.append(name)
        return None
    except (ImportError, ValueError, SyntaxError, NotImplementedError):
        return None
    module = sys.modules[name]
    # Its known-answer test would crash the board. What is frozen says ".py", too, whoever compiled it.
    if "viper" in name and miscompiles() and not getattr(module, "__file__", "").endswith(".mpy"):
        if name not in unsafe:
            unsafe.append(name)
        return None
    return module


def which():
    """The best native code that runs here: "umaal" (Cortex-M4, M7, M33 with DSP), "umlal" (M3, M33 without), "xtensa", "rv32", "native"
    or "".

    "xtensa" is every ESP32 that is no RISC-V: all have MULUH. "native" stands for machine code by the viper emitter on any other core; ""
    for firmware that loads bytecode only.
    """
    global _found
    if _found is None:
        _found = _ask()
    return _found


def miscompiles():
    """True where the firmware's own compiler makes wrong machine code of viper.

    Up to MicroPython 1.25 conditional branches over 2 KB end elsewhere on Xtensa; the compiler says so on the console, and goes on.
    """
    version = sys.implementation.version
    early = version < (1, 26) or (version[:2] == (1, 26) and "preview" in version)
    return early and _architecture() in (_XTENSA, _XTENSAWIN)


def _architecture():
    return (getattr(sys.implementation, "_mpy", 0) >> 10) & 15


def _ask():
    architecture = _architecture()
    if not _ARMV7M <= architecture <= _ARMV7EMDP:
        return {0: "", _XTENSAWIN: "xtensa", _RV32IMC: "rv32"}.get(architecture, "native")
    try:
        from machine import mem32

        multiplications = (mem32[_ID_ISAR2] >> 20) & 15
    except (ImportError, OSError):  # OSError: Linux on ARM, whose memory is not a program's to read
        return "native"
    if multiplications >= 2:
        return "umaal"
    return "umlal" if multiplications == 1 else "native"
