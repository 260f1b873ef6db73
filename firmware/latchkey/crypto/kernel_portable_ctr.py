"""What counter mode needs beside a cipher, for interpreters without native code."""

NAME = "portable"


def count(counter, stream, blocks):
    """Write `blocks` successive counter blocks to `stream`; `counter` (its last 32 bits) is what follows them."""
    at = 0
    while blocks:
        i = 0
        while i < 16:
            stream[at + i] = counter[i]
            i += 1
        at += 16
        blocks -= 1
        i = 15
        while i > 11:
            byte = (counter[i] + 1) & 255
            counter[i] = byte
            i = 0 if byte else i - 1


def xor(stream, buf, start, length):
    """XOR the first `length` bytes of `stream` over `buf[start:]`."""
    i = 0
    while i < length:
        buf[start + i] ^= stream[i]
        i += 1
