"""Machine code in the place of viper functions: what its wrapper lets pass, and what it says of itself."""

import sys
from array import array

from latchkey.crypto import assembled, kernels, p256
from latchkey.crypto.field import machine

TARGETS = ("rv32", "xtensa")


def _kernel():
    return __import__("latchkey.crypto.field.kernel_" + kernels.which() + "_p256", None, None, ("Kernel",))


def _raises(kind, *arguments):
    try:
        _kernel()._run(*arguments)
    except kind:
        return
    raise AssertionError(arguments)


def this_core_runs_its_own_kernel():
    assert machine.kernel_name(p256.CURVE.field) == kernels.which() == sys.modules[_kernel().__name__].Kernel.NAME
    assert kernels.failed == kernels.no_room == []


def rejects_what_is_neither_bytes_nor_a_bytearray():
    buf = bytearray(4000)
    for other in (memoryview(buf), array("I", [0] * 1000), "text", None, 0, [0]):
        _raises(TypeError, other, buf, buf, 0)
        _raises(TypeError, buf, other, buf, 0)
        _raises(TypeError, buf, buf, other, 0)
    for number in (None, 1.0, True, b""):
        _raises(TypeError, buf, buf, buf, number)


def rejects_a_number_that_is_no_small_int():
    buf = bytearray(4000)
    for number in (-1, 1 << 30, 1 << 40, -(1 << 40)):
        _raises(ValueError, buf, buf, buf, number)


def rejects_a_script_that_ends_before_its_part():
    programs = b"\x09\0\0\0"
    _kernel()._run(bytearray(4000), programs, bytes(6), 3 << 16)
    _kernel()._run(bytearray(4000), programs, bytes(6), 2 << 16 | 2)
    for part in (4 << 16, 3 << 16 | 1, 1 << 16 | 5, 0x3FFFFFFF):
        _raises(ValueError, bytearray(4000), programs, bytes(6), part)


def rejects_another_count_of_arguments():
    for count in (0, 1, 2, 3, 5):
        _raises(TypeError, *[bytes(4)] * count)


def rejects_slots_and_data_that_an_rsa_workspace_has_not():
    from struct import pack

    run = __import__("latchkey.crypto.kernel_" + kernels.which() + "_rsa", None, None, ("_run",))._run
    w = bytearray(pack("II", 8, 32)) + bytearray(24 + 5 * 40)
    load, store = 1 << 9, 2 << 9
    run(w, bytes(32), b"", load)
    run(w, bytearray(32), b"", store | 4 << 6)
    for number in (load | 5 << 6, store | 7 << 6, 3 << 9, 4 << 9, 5 << 3, 6, 1 << 20):
        _refuses(run, w, bytearray(32), b"", number)
    _refuses(run, w, bytearray(31), b"", load)
    _refuses(run, w, bytearray(31), b"", store)
    _refuses(run, w[:-1], bytearray(32), b"", 1 << 6 | 2 << 3 | 3)


def _refuses(run, *arguments):
    try:
        run(*arguments)
    except ValueError:
        return
    raise AssertionError(arguments)


def a_function_without_machine_code_is_an_import_error():
    def placeholder():
        pass

    try:
        assembled.function(placeholder, None)
    except ImportError:
        return
    raise AssertionError


def a_run_allocates_nothing():
    import micropython

    run, workspace, programs, script = _kernel()._run, bytearray(4000), b"\x09\0\0\0", bytes(6)
    micropython.heap_lock()
    try:
        run(workspace, programs, script, 3 << 16)
    finally:
        micropython.heap_unlock()
