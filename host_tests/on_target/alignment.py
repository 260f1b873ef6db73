"""Viper kernels touch no word or halfword that is not aligned: a fault on the emulated Xtensa core and on the Cortex-M0+.

A Cortex-M3 or M7 can be told to fault as well (CCR.UNALIGN_TRP, ARMv7-M Architecture Reference Manual B3.2.8); a fault ends the board. The
firmware's own numbers and hashes were compiled for these cores and are not that strict: so it holds within the kernels alone.
"""

from machine import mem32

from latchkey.crypto import ecdsa, ecdsa_sign, p256, p384, util
from latchkey.crypto.field import kernel_viper_p256, kernel_viper_p384, machine
from latchkey.crypto.job import run

TARGETS = ("cortex_m",)

_CCR = 0xE000ED14
_UNALIGN_TRP = 8
_PLACES = range(5)


def _strictly(function, *arguments):
    mem32[_CCR] = mem32[_CCR] | _UNALIGN_TRP
    try:
        assert mem32[_CCR] & _UNALIGN_TRP
        return function(*arguments)
    finally:
        mem32[_CCR] = mem32[_CCR] & ~_UNALIGN_TRP


def _strict(native):
    return lambda *arguments: _strictly(native, *arguments)


def _lent(buf, place):
    return util.Room(lambda: (buf, place, len(buf)))


def _by(kernel, curve, function):
    """In a workspace that is lent from every place of a buffer."""
    buf = bytearray(8192)
    natives = [(name, getattr(kernel, name)) for name in ("_load", "_store", "_run")]
    before = machine._kernels.get(curve.field[0])
    machine._kernels[curve.field[0]] = kernel.Kernel
    try:
        for name, native in natives:
            setattr(kernel, name, _strict(native))
        for place in _PLACES:
            util.lend(_lent(buf, place))
            function()
    finally:
        util.lend(None)
        for name, native in natives:
            setattr(kernel, name, native)
        del machine._kernels[curve.field[0]]
        if before:
            machine._kernels[curve.field[0]] = before


def the_fields_do_not():
    scalar, digest = bytes(range(1, 33)), bytes(range(32))
    point = run(p256.public(scalar))
    signature = run(ecdsa_sign.sign_with(23, scalar, digest, b""))
    _by(kernel_viper_p256, p256.CURVE, lambda: run(p256.shared(scalar, point)))
    _by(kernel_viper_p256, p256.CURVE, lambda: run(ecdsa.verify((23, point), digest, signature)))
    _by(kernel_viper_p384, p384.CURVE, lambda: run(p384.public(bytes(range(1, 49)))))


def aes_and_ghash_do_not():
    from latchkey.crypto import kernel_viper_aes, kernel_viper_ctr, kernel_viper_ghash

    def work():
        buf = bytearray(200)
        for place in _PLACES:
            kernel_viper_aes.ctr(kernel_viper_aes.expand(buf[:32]), buf, place, 100 + place)
            state = kernel_viper_ghash.prepare(buf[:16])
            kernel_viper_ghash.absorb(state, buf, -1, 13)
            kernel_viper_ghash.absorb(state, buf, place, 33 + place)
            kernel_viper_ghash.absorb(state, buf, place, -1)
            kernel_viper_ctr.count(memoryview(buf)[place:], memoryview(buf)[64 + place :], 2)
            kernel_viper_ctr.xor(buf, buf, place, 64)

    _strictly(work)


def sha_512_does_not():
    from latchkey.crypto import kernel_viper_sha512, sha512

    def work():
        for place in _PLACES:
            state = sha512._load(sha512._H512)
            kernel_viper_sha512.compress(state, bytearray(128), sha512._K, bytes(300), place, 2)

    _strictly(work)
