"""AES (FIPS 197) in counter mode, by the best kernel of this board.

The Thumb-2 kernel goes before the firmware's own cipher (`cryptolib`), where there is one: that has no counter mode, so it is slower from
here; and in software its tables make its time depend on the key. On Xtensa and RV32, where the firmware's may be a unit of the chip, the
faster one is taken.
"""

from latchkey.crypto import kernels

_kernel = None


def kernel():
    """The module that does it, with these functions, of which `ctr` allocates nothing:

    `expand(key)`: a state for a key of 16 or 32 bytes. `counter(state)`: its 16-byte counter block, for the caller to set.
    `ctr(state, buf, start, length)`: XOR the key stream over `buf[start:start + length]`; the counter's last 32 bits advance by a block at
    a time. `ctr(state, buf, start, -1)`: the same for 16 bytes, after these bits were set to 1. `wipe(state)` ends it.
    PIECE is how many bytes fit a slice, NAME for reports.
    """
    global _kernel
    if _kernel is None:
        _kernel = kernels.load("aes", _works, ("thumb2", "cryptolib", "rv32", "xtensa", "viper", "portable"))
        if _kernel.NAME == "cryptolib" and kernels.which() in ("rv32", "xtensa"):
            from latchkey.crypto import aes_state

            _kernel = aes_state.faster(_kernel, _works)
    return _kernel


def _works(module):
    # FIPS 197 appendix C.1 and C.3, as the key stream's first block
    for length, expected in (
        (16, b"\x69\xc4\xe0\xd8\x6a\x7b\x04\x30\xd8\xcd\xb7\x80\x70\xb4\xc5\x5a"),
        (32, b"\x8e\xa2\xb7\xca\x51\x67\x45\xbf\xea\xfc\x49\x90\x4b\x49\x60\x89"),
    ):
        state = module.expand(bytes(range(length)))
        counter = module.counter(state)
        for i in range(16):
            counter[i] = 17 * i
        block = bytearray(16)
        module.ctr(state, block, 0, 16)
        if block != expected:
            return False
    return True
