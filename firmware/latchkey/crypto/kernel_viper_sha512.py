"""The compression function of SHA-512 (FIPS 180-4 section 6.4.2) by the viper emitter. The arguments are as in kernel_portable_sha512.

A number is two 32-bit words, `xh` and `xl`. Viper's ints have the width of the machine, so bits above the 32nd may be anything: every right
shift is masked, and the low words are added in halves of 16 bits, which is how the carry to the high word is had.
"""

import micropython

NAME = "viper"


@micropython.viper
def compress(state: ptr32, w: ptr32, k: ptr8, data: ptr8, at: int, blocks: int):
    one = 1
    m31 = (one << 31) - 1
    while blocks > 0:
        blocks -= 1
        for i in range(32):
            w[i] = int(data[at]) << 24 | int(data[at + 1]) << 16 | int(data[at + 2]) << 8 | int(data[at + 3])
            at += 4
        ah = state[0]
        al = state[1]
        bh = state[2]
        bl = state[3]
        ch = state[4]
        cl = state[5]
        dh = state[6]
        dl = state[7]
        eh = state[8]
        el = state[9]
        fh = state[10]
        fl = state[11]
        gh = state[12]
        gl = state[13]
        hh = state[14]
        hl = state[15]
        t = 0
        while t < 80:
            i = t << 1 & 31
            if t >= 16:
                # W[t] += sigma0(W[t + 1]) + W[t + 9] + sigma1(W[t + 14]), indices modulo 16
                j = i + 2 & 31
                xh = w[j]
                xl = w[j + 1]
                yh = (xh >> 1 & m31 | xl << 31) ^ (xh >> 8 & 0xFFFFFF | xl << 24) ^ xh >> 7 & 0x1FFFFFF
                yl = (xl >> 1 & m31 | xh << 31) ^ (xl >> 8 & 0xFFFFFF | xh << 24) ^ (xl >> 7 & 0x1FFFFFF | xh << 25)
                j = i + 28 & 31
                xh = w[j]
                xl = w[j + 1]
                zh = (xh >> 19 & 0x1FFF | xl << 13) ^ (xl >> 29 & 7 | xh << 3) ^ xh >> 6 & 0x3FFFFFF
                zl = (xl >> 19 & 0x1FFF | xh << 13) ^ (xh >> 29 & 7 | xl << 3) ^ (xl >> 6 & 0x3FFFFFF | xh << 26)
                j = i + 18 & 31
                xh = w[i]
                xl = w[i + 1]
                uh = w[j]
                ul = w[j + 1]
                low = (xl & 0xFFFF) + (yl & 0xFFFF) + (zl & 0xFFFF) + (ul & 0xFFFF)
                mid = (xl >> 16 & 0xFFFF) + (yl >> 16 & 0xFFFF) + (zl >> 16 & 0xFFFF) + (ul >> 16 & 0xFFFF) + (low >> 16)
                w[i + 1] = mid << 16 | low & 0xFFFF
                w[i] = xh + yh + zh + uh + (mid >> 16)
            # T1 = h + Sigma1(e) + Ch(e, f, g) + K[t] + W[t]
            yl = (el >> 14 & 0x3FFFF | eh << 18) ^ (el >> 18 & 0x3FFF | eh << 14) ^ (eh >> 9 & 0x7FFFFF | el << 23)
            zl = gl ^ el & (fl ^ gl)
            xl = w[i + 1]
            j = t << 3
            ul = int(k[j + 4]) << 24 | int(k[j + 5]) << 16 | int(k[j + 6]) << 8 | int(k[j + 7])
            low = (hl & 0xFFFF) + (yl & 0xFFFF) + (zl & 0xFFFF) + (xl & 0xFFFF) + (ul & 0xFFFF)
            mid = (hl >> 16 & 0xFFFF) + (yl >> 16 & 0xFFFF) + (zl >> 16 & 0xFFFF) + (xl >> 16 & 0xFFFF) + (ul >> 16 & 0xFFFF) + (low >> 16)
            yh = (eh >> 14 & 0x3FFFF | el << 18) ^ (eh >> 18 & 0x3FFF | el << 14) ^ (el >> 9 & 0x7FFFFF | eh << 23)
            uh = int(k[j]) << 24 | int(k[j + 1]) << 16 | int(k[j + 2]) << 8 | int(k[j + 3])
            xh = hh + yh + (gh ^ eh & (fh ^ gh)) + w[i] + uh + (mid >> 16)
            xl = mid << 16 | low & 0xFFFF
            hh = gh
            hl = gl
            gh = fh
            gl = fl
            fh = eh
            fl = el
            # e = d + T1
            low = (dl & 0xFFFF) + (xl & 0xFFFF)
            mid = (dl >> 16 & 0xFFFF) + (xl >> 16 & 0xFFFF) + (low >> 16)
            el = mid << 16 | low & 0xFFFF
            eh = dh + xh + (mid >> 16)
            # a = T1 + Sigma0(a) + Maj(a, b, c)
            yl = (al >> 28 & 15 | ah << 4) ^ (ah >> 2 & 0x3FFFFFFF | al << 30) ^ (ah >> 7 & 0x1FFFFFF | al << 25)
            yh = (ah >> 28 & 15 | al << 4) ^ (al >> 2 & 0x3FFFFFFF | ah << 30) ^ (al >> 7 & 0x1FFFFFF | ah << 25)
            zl = al & bl | cl & (al | bl)
            zh = ah & bh | ch & (ah | bh)
            low = (xl & 0xFFFF) + (yl & 0xFFFF) + (zl & 0xFFFF)
            mid = (xl >> 16 & 0xFFFF) + (yl >> 16 & 0xFFFF) + (zl >> 16 & 0xFFFF) + (low >> 16)
            dh = ch
            dl = cl
            ch = bh
            cl = bl
            bh = ah
            bl = al
            al = mid << 16 | low & 0xFFFF
            ah = xh + yh + zh + (mid >> 16)
            t += 1
        w[0] = ah
        w[1] = al
        w[2] = bh
        w[3] = bl
        w[4] = ch
        w[5] = cl
        w[6] = dh
        w[7] = dl
        w[8] = eh
        w[9] = el
        w[10] = fh
        w[11] = fl
        w[12] = gh
        w[13] = gl
        w[14] = hh
        w[15] = hl
        i = 0
        while i < 16:
            xl = state[i + 1]
            yl = w[i + 1]
            low = (xl & 0xFFFF) + (yl & 0xFFFF)
            mid = (xl >> 16 & 0xFFFF) + (yl >> 16 & 0xFFFF) + (low >> 16)
            state[i + 1] = mid << 16 | low & 0xFFFF
            state[i] = state[i] + w[i] + (mid >> 16)
            i += 2


@micropython.viper
def store(state: ptr32, out: ptr8):
    i = 0
    while i < 16:
        x = state[i]
        out[0] = x >> 24
        out[1] = x >> 16
        out[2] = x >> 8
        out[3] = x
        out = ptr8(int(out) + 4)
        i += 1
