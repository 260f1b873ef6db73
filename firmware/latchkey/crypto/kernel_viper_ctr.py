"""What counter mode needs beside a cipher, by the viper emitter. The arguments are as in kernel_portable_ctr."""

import micropython

NAME = "viper"


@micropython.viper
def count(counter: ptr8, stream: ptr8, blocks: int):
    low = int(counter[12]) << 24 | int(counter[13]) << 16 | int(counter[14]) << 8 | int(counter[15])
    at = 0
    while blocks > 0:
        i = 0
        while i < 12:
            stream[at + i] = counter[i]
            i += 1
        stream[at + 12] = low >> 24
        stream[at + 13] = low >> 16
        stream[at + 14] = low >> 8
        stream[at + 15] = low
        low += 1
        at += 16
        blocks -= 1
    counter[12] = low >> 24
    counter[13] = low >> 16
    counter[14] = low >> 8
    counter[15] = low


@micropython.viper
def xor(stream: ptr8, buf: ptr8, start: int, length: int):
    i = 0
    while i < length:
        buf[start + i] = buf[start + i] ^ stream[i]
        i += 1
