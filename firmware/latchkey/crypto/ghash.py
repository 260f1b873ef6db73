"""GHASH, the universal hash of GCM (NIST SP 800-38D section 6.4), by the best kernel of this board."""

from latchkey.crypto import kernels

_kernel = None


def new(h):
    """An object with `update(buf, start, length)`, which pads a last block with zeros, the 16-byte state `y`, and `wipe()`."""
    return kernel().GHASH(h)


def kernel():
    """The module that does it; its NAME is for reports."""
    global _kernel
    if _kernel is None:
        _kernel = kernels.load("ghash", ("umaal", "umlal"), _works)
    return _kernel


def _works(module):
    # Test case 2 of McGrew and Viega's specification of GCM: one block of text, then the block of lengths.
    g = module.GHASH(b"\x66\xe9\x4b\xd4\xef\x8a\x2c\x3b\x88\x4c\xfa\x59\xca\x34\x2b\x2e")
    g.update(b"\x03\x88\xda\xce\x60\xb6\xa3\x92\xf3\x28\xc2\xb9\x71\xb2\xfe\x78" + bytes(15) + b"\x80", 0, 32)
    return bytes(g.y) == b"\xf3\x8c\xbb\x1a\xd6\x92\x23\xdc\xc3\x45\x7a\xe5\xb6\xb0\xf8\x85"
