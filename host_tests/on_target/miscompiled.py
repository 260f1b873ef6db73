"""Viper kernels that the firmware compiled itself are not run where its compiler gets them wrong: Xtensa, up to MicroPython 1.25.

They would end the board in their known-answer test, so the ones here end the case. The core and its firmware are what `core` is told.
"""

import sys

from latchkey.crypto import aes, chacha20poly1305, gcm, kernel_cryptolib_aes, kernels, p256, p384, sha512
from latchkey.crypto.field import machine

_XTENSA, _XTENSAWIN, _ARMV6M, _RV32, _X64 = 9, 10, 4, 11, 2

# (architecture, version, whether viper from source is wrong there)
FIRMWARE = (
    (_XTENSAWIN, (1, 24, 1, ""), True),
    (_XTENSAWIN, (1, 25, 0, ""), True),
    (_XTENSAWIN, (1, 26, 0, "preview"), True),
    (_XTENSA, (1, 25, 0), True),
    (_XTENSAWIN, (1, 26, 0, ""), False),
    (_XTENSAWIN, (1, 26, 1, ""), False),
    (_XTENSAWIN, (1, 27, 0, "preview"), False),
    (_XTENSAWIN, (2, 0, 0, ""), False),
    (_ARMV6M, (1, 25, 0, ""), False),
    (_RV32, (1, 25, 0, ""), False),
    (_X64, (1, 24, 0, ""), False),
)
# All of them: crypto/test_kernel_sources.py holds it so.
KERNELS = (
    "field.kernel_viper_p256",
    "field.kernel_viper_p384",
    "kernel_viper_aes",
    "kernel_viper_chacha20poly1305",
    "kernel_viper_ctr",
    "kernel_viper_ghash",
    "kernel_viper_sha512",
)


class _Fake:
    def __init__(self, **names):
        for name, value in names.items():
            setattr(self, name, value)


class _On:
    """The core of such a firmware, with nothing chosen yet, for the time of a `with`."""

    def __init__(self, architecture, version):
        # Bit 14 and those above are newer firmware's flags of an architecture
        self.implementation = _Fake(_mpy=6 | 3 << 8 | architecture << 10 | 1 << 14, version=version)

    def __enter__(self):
        self.kept = kernels._found, aes._kernel, gcm._kernel, sha512._kernel, kernel_cryptolib_aes._chosen
        kernels.sys, kernels._found = _Fake(implementation=self.implementation, modules=sys.modules), "native"
        aes._kernel = gcm._kernel = sha512._kernel = kernel_cryptolib_aes._chosen = None
        machine._kernels.clear()

    def __exit__(self, *args):
        kernels.sys = sys
        kernels._found, aes._kernel, gcm._kernel, sha512._kernel, kernel_cryptolib_aes._chosen = self.kept
        machine._kernels.clear()
        del kernels.unsafe[:]


class _Crash:
    """A kernel's module, come from `file`, that must not be run."""

    NAME = "crash"

    def __init__(self, file):
        if file is not None:
            self.__file__ = file

    def _run(self, *args):
        raise AssertionError("an illegal instruction")

    Kernel = expand = prepare = compress = store = count = _run


class _Installed:
    """Every viper kernel as it comes from `file`, for the time of a `with`."""

    def __init__(self, file):
        self.file = file

    def __enter__(self):
        self.kept = {}
        for name in KERNELS:
            name = "latchkey.crypto." + name
            self.kept[name] = sys.modules.get(name)
            sys.modules[name] = _Crash(self.file and self.file.format(name.replace(".", "/")))

    def __exit__(self, *args):
        for name, module in self.kept.items():
            if module:
                sys.modules[name] = module
            else:
                del sys.modules[name]


def knows_the_firmware_that_gets_viper_wrong():
    for architecture, version, wrong in FIRMWARE:
        with _On(architecture, version):
            assert kernels.miscompiles() == wrong, (architecture, version)


def firmware_that_does_not_say_its_architecture_is_none_of_it():
    kernels.sys = _Fake(implementation=_Fake(version=(1, 25, 0)))
    try:
        assert not kernels.miscompiles()
    finally:
        kernels.sys = sys


def rejects_kernels_from_source_or_frozen_or_from_nobody_knows_where_before_they_run():
    for file in ("/lib/{}.py", "{}.py", None):
        with _On(_XTENSAWIN, (1, 25, 0, "")), _Installed(file):
            assert gcm.kernel().NAME == "portable"
            assert sha512.kernel().NAME == "portable"
            assert kernel_cryptolib_aes._kernel().NAME == "portable"
            assert kernels.load("aes", aes._works, ("viper", "portable")).NAME == "portable"
            assert kernels.load("chacha20poly1305", chacha20poly1305._works, ("viper", "portable")).NAME == "portable"
            assert machine.kernel_name(p256.CURVE.field) == "portable"
            assert machine.kernel_name(p384.CURVE.field) == "portable"
            assert sorted(kernels.unsafe) == sorted(["latchkey.crypto." + name for name in KERNELS])
            assert kernels.failed == []


def takes_compiled_kernels_there():
    with _On(_XTENSAWIN, (1, 25, 0, "")), _Installed("/lib/{}.mpy"):
        for name in KERNELS:
            assert kernels._import("latchkey.crypto." + name).NAME == "crash"
        assert kernels.unsafe == []


def takes_kernels_from_source_on_every_other_firmware():
    for architecture, version, wrong in FIRMWARE:
        with _On(architecture, version), _Installed("/lib/{}.py"):
            for name in KERNELS:
                assert bool(kernels._import("latchkey.crypto." + name)) != wrong, (architecture, version)


def what_is_no_viper_is_taken_from_source_there():
    with _On(_XTENSAWIN, (1, 25, 0, "")):
        module = kernels._import("latchkey.crypto.kernel_portable_ctr")
        assert module.NAME == "portable"


def a_modules_file_says_whether_the_board_compiled_it():
    """The same kernel from a file of either kind, imported by this firmware."""
    import os

    with open("kernel_viper_here.py", "w") as file:
        file.write("import micropython\nNAME = 'viper'\n@micropython.viper\ndef f(x: int) -> int:\n    return x + 1\n")
    sys.path.insert(0, os.getcwd())
    try:
        with _On(_XTENSAWIN, (1, 25, 0, "")):
            assert kernels._import("kernel_viper_here") is None
            compiled = kernels._import("latchkey.crypto.kernel_viper_ghash") is not None
            assert compiled == kernels.__file__.endswith(".mpy")  # the package's own are either
        with _On(_XTENSAWIN, (1, 26, 0, "")):
            assert kernels._import("kernel_viper_here").f(41) == 42
    finally:
        sys.path.pop(0)
        sys.modules.pop("kernel_viper_here", None)
        os.remove("kernel_viper_here.py")
