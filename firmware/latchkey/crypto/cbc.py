"""AES-128 in CBC mode (NIST SP 800-38A section 6.2), by the firmware's own cipher where there is one: it has the mode, and is faster."""

from latchkey.crypto import kernels

_kernel = None


def kernel():
    """The module that does it: `begin(key, iv, sealing)` gives a state, `run(state, buf, start, end)` encrypts or decrypts whole blocks in
    place, one piece after the other, `wipe(state)` ends it. PIECE is how many bytes fit a slice, NAME for reports.
    """
    global _kernel
    if _kernel is None:
        _kernel = kernels.load("cbc", _works, ("cryptolib", "portable"))
    return _kernel


def _works(module):
    # NIST SP 800-38A appendix F.2.1: the first two blocks
    key = b"\x2b\x7e\x15\x16\x28\xae\xd2\xa6\xab\xf7\x15\x88\x09\xcf\x4f\x3c"
    text = (
        b"\x6b\xc1\xbe\xe2\x2e\x40\x9f\x96\xe9\x3d\x7e\x11\x73\x93\x17\x2a\xae\x2d\x8a\x57\x1e\x03\xac\x9c\x9e\xb7\x6f\xac\x45\xaf\x8e\x51"
    )
    end = b"\x50\x86\xcb\x9b\x50\x72\x19\xee\x95\xdb\x11\x3a\x91\x76\x78\xb2"
    buf = bytearray(text)
    for sealing in (True, False):
        state = module.begin(key, bytes(range(16)), sealing)
        module.run(state, buf, 0, 16)
        module.run(state, buf, 16, 32)
        module.wipe(state)
        if sealing and buf[16:] != end:
            return False
    return buf == text
