"""Which kernels a core gets, by what it says of itself: real registers of cores that no emulator here has. `latchkey.crypto.kernels`."""

import sys

from latchkey.crypto import kernels
from latchkey.crypto.field import choice, machine

# core: (architecture in sys.implementation._mpy, ID_ISAR2 or None where nothing reads it, the answer)
CORES = {
    "M0+": (4, None, "native"),
    "M3": (5, 0x21112231, "umlal"),
    "M4": (6, 0x21232231, "umaal"),
    "M4 with single precision": (7, 0x21232231, "umaal"),
    "M7 with double precision": (8, 0x20232231, "umaal"),
    "M33 with DSP": (7, 0x20232232, "umaal"),
    "M33 without DSP": (6, 0x20112232, "umlal"),
    "M55": (8, 0x20232232, "umaal"),
    "one without long multiplications": (5, 0x20002231, "native"),
    "Linux on ARM, which lets nobody read registers": (7, OSError, "native"),
    "firmware without mem32": (7, ImportError, "native"),
    "ARMv6": (3, None, "native"),
    "an ESP8266's Xtensa": (9, None, "native"),
    "Xtensa with register windows": (10, None, "xtensa"),
    "RV32": (11, None, "rv32"),
    "RV64": (12, None, "native"),
    "x64": (2, None, "native"),
    "one that is not known yet": (15, None, "native"),
    "firmware that takes bytecode alone": (0, None, ""),
}
BEST = {
    "umaal": ("thumb2_umaal_p256", "thumb2_umaal_montgomery", ["thumb2_aes", "thumb2_ghash", "thumb2_rsa", "viper_sha512"]),
    "umlal": ("thumb2_umlal_p256", "thumb2_umlal_montgomery", ["thumb2_aes", "thumb2_ghash", "portable_rsa", "viper_sha512"]),
    "xtensa": ("xtensa_p256", "xtensa_montgomery", ["xtensa_aes", "xtensa_ghash", "xtensa_rsa", "viper_sha512"]),
    "rv32": ("rv32_p256", "rv32_montgomery", ["rv32_aes", "rv32_ghash", "rv32_rsa", "viper_sha512"]),
    "native": ("viper_p256", None, ["cryptolib_aes", "viper_ghash", "portable_rsa", "viper_sha512"]),
    "": (None, None, ["cryptolib_aes", "portable_ghash", "portable_rsa", "portable_sha512"]),
}


class _Registers:
    def __init__(self, value):
        self.value = value

    def __getitem__(self, address):
        assert address == 0xE000ED68  # ID_ISAR2
        if self.value is OSError:
            raise OSError(13)
        return self.value


class _Fake:
    """A module of these names."""

    def __init__(self, **names):
        for name, value in names.items():
            setattr(self, name, value)


def _asked(architecture, register):
    """What `kernels` makes of such a core; a register that must not be read fails."""
    # Bit 14 and those above are newer firmware's flags of an architecture
    implementation = _Fake(_mpy=6 | 3 << 8 | architecture << 10 | 1 << 14 | 5 << 16)
    hardware: Any = _Fake() if register is ImportError else _Fake(mem32=_Registers(register))
    kept = sys.modules.get("machine")
    try:
        kernels.sys, sys.modules["machine"] = _Fake(implementation=implementation), hardware
        return kernels._ask()
    finally:
        kernels.sys = sys
        if kept:
            sys.modules["machine"] = kept
        else:
            del sys.modules["machine"]


def every_core_is_known_by_what_it_says():
    for name, (architecture, register, expected) in CORES.items():
        assert _asked(architecture, register) == expected, name


def firmware_that_does_not_say_takes_bytecode_alone():
    kernels.sys = _Fake(implementation=_Fake())
    try:
        assert kernels._ask() == ""
    finally:
        kernels.sys = sys


def fields_go_to_the_best_kernel_of_the_core():
    for code, (p256, order, _) in BEST.items():
        for field, expected in (("p256", p256), ("p256 order", order), ("p384 order", order), ("25519", order)):
            assert next(choice.candidates(code, field), None) == expected, (code, field)
        assert next(choice.candidates(code, "p384"), None) == (p256 and p256.replace("p256", "p384"))


def _named(name):
    """A module as `_import` has it, that knows what it stands for."""
    return _Fake(module=name, NAME=name.rpartition("kernel_")[2].partition("_")[0])


def every_other_work_goes_to_the_best_kernel_of_the_core():
    from latchkey.crypto import aes, aes_state, gcm, rsa, sha512

    modules: Any = aes, gcm, rsa, sha512
    load = kernels.load
    kept = kernels._found, kernels._import, [module._kernel for module in modules], aes_state._time
    for code, (_, _, expected) in BEST.items():
        try:
            kernels._found = code
            kernels._import = _named
            aes_state._time = lambda kernel: kernel.NAME == "cryptolib"
            kernels.load = lambda work, works, *rest: load(work, lambda module: True, *rest)
            for module in modules:
                module._kernel = None
            chosen = [module.kernel().module for module in modules]
        finally:
            kernels._found, kernels._import, kernels.load, aes_state._time = kept[0], kept[1], load, kept[3]
            for module, kernel in zip(modules, kept[2]):
                module._kernel = kernel
        assert chosen == ["latchkey.crypto.kernel_" + name for name in expected], (code, chosen)


def aes_of_the_firmware_is_taken_where_it_is_faster_than_the_cores_own():
    from latchkey.crypto import aes, aes_state

    kept = kernels._found, kernels._import, aes._kernel, aes_state._time, aes._works
    took = {"xtensa": 300, "cryptolib": 200}
    try:
        kernels._found, kernels._import, aes._works = "xtensa", _named, lambda module: True
        aes_state._time = lambda kernel: took[kernel.NAME]
        for faster, microseconds in (("cryptolib", 301), ("xtensa", 100)):
            took["xtensa"], aes._kernel = microseconds, None
            chosen = aes.kernel().NAME
            assert chosen == faster, took
        kernels._import, aes._kernel = lambda name: None if "xtensa" in name else _named(name), None
        assert aes.kernel().NAME == "cryptolib"
    finally:
        kernels._found, kernels._import, aes._kernel, aes_state._time, aes._works = kept


def a_kernel_that_is_not_installed_is_passed_over_in_silence():
    from latchkey.crypto import gcm, p256

    assert kernels.load("ghash", gcm._works, ("missing", "portable")).NAME == "portable"
    kept_import, kept = kernels._import, machine._kernels.pop("p256", None)
    kernels._import = lambda name: None
    try:
        assert machine.kernel_name(p256.CURVE.field) == "portable"
    finally:
        kernels._import = kept_import
        del machine._kernels["p256"]
        if kept:
            machine._kernels["p256"] = kept
    assert kernels.failed == []
