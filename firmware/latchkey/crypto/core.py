"""Which core this is, and so which native code it runs: asked of the core and of the firmware, never tried out.

An instruction that a core lacks is a HardFault, not an exception. This is the one module outside `latchkey_board` that reads hardware.
"""

import sys

_ARMV7M = const(5)  # sys.implementation._mpy >> 10: architectures of native .mpy files; 5 to 8 are Cortex-M3 and above
_ARMV7EMDP = const(8)
_XTENSA = const(9)
_XTENSAWIN = const(10)  # with register windows: every ESP32 that is no RISC-V
_RV32IMC = const(11)
_ID_ISAR2 = const(0xE000ED68)  # ARMv7-M Architecture Reference Manual, B4.5.3: bits 23:20 say which long multiplications there are

_found = None


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
