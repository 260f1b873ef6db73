"""Runs vectors of AES, GHASH, hashes, HMAC and RSA on the target: a file of cases, whose answers are printed, a line each.

Answers are hexadecimal, "-" for nothing. `use(kind)` chooses kernels by name; "best" is what the board chooses itself.
"""

import sys

from latchkey.errors import Fault


def use(kind):
    """Let kernels be chosen anew, or be those of one kind, where there is one."""
    for part in ("aes", "ghash", "chacha20poly1305", "sha512", "rsa"):
        module: Any = _that_chooses(part)
        module._kernel = None
        if kind != "best":
            try:
                module._kernel = _module("latchkey.crypto.kernel_" + kind + "_" + part)
            except ImportError:
                pass


def used(part):
    return _that_chooses(part).kernel().NAME


def _that_chooses(part):
    return _module("latchkey.crypto." + ("gcm" if part == "ghash" else part))


def _module(name):
    __import__(name)
    return sys.modules[name]


def _cases(name):
    """The fields of each case, as `symmetric_cases.py` packs them."""
    with open(name, "rb") as file:
        while True:
            count = file.read(1)
            if not count:
                return
            yield [file.read(int.from_bytes(file.read(4), "big")) for _ in range(count[0])]


def _show(buf, at, n):
    """Print n octets of a buffer in hexadecimal, or "-" where there are none, without a copy of them."""
    view = memoryview(buf)[at : at + n]
    for i in range(0, n, 64):
        print(view[i : i + 64].hex(), end="")
    print("" if n else "-")


def _aead(kind):
    """The class of AEAD of a name such as "gcm.AESGCM"."""
    module, _, name = kind.partition(".")
    return getattr(_module("latchkey.crypto." + module), name)


def _drive(aead):
    while not aead.step():
        pass


def seal(name, kind):
    """key, nonce, aad, text -> text and tag; the text stands at an odd place in a larger buffer, of which nothing else changes."""
    for key, nonce, aad, text in _cases(name):
        aead = _aead(kind)(key)
        n = len(text)
        tag = getattr(aead, "tag", 16)
        buf = bytearray(b"\xa5" * 7 + text + bytes(tag) + b"\x5a" * 5)
        aead.seal_start(nonce, aad, buf, 7, n)
        _drive(aead)
        assert buf[:7] == b"\xa5" * 7 and buf[7 + tag + n :] == b"\x5a" * 5
        _show(buf, 7, n + tag)


def opened(name, kind):
    """key, nonce, aad, text with tag -> the plaintext, or the cause, the buffer then being wiped."""
    for key, nonce, aad, text in _cases(name):
        aead = _aead(kind)(key)
        tag = getattr(aead, "tag", 16)
        n = len(text) - tag
        buf = bytearray(b"\xa5" * 3 + text + b"\x5a" * 3)
        aead.open_start(nonce, aad, buf, 3, n)
        try:
            _drive(aead)
            _show(buf, 3, n)
        except Fault as fault:
            assert not any(buf[3 : 3 + tag + n]) and buf[:3] == b"\xa5" * 3 and buf[3 + tag + n :] == b"\x5a" * 3
            print(fault.cause)


def aes_blocks(name):
    """key, plaintext -> ciphertext, block by block: the key stream of a counter block that is the plaintext."""
    from latchkey.crypto import aes

    kernel = aes.kernel()
    for key, text in _cases(name):
        state = kernel.expand(key)
        counter = kernel.counter(state)
        out = bytearray(len(text))
        for at in range(0, len(text), 16):
            for i in range(16):
                counter[i] = text[at + i]
            kernel.ctr(state, out, at, 16)
        print(out.hex())


def aes_ctr(name):
    """key, counter, text -> the text with the key stream over it, and the counter that follows"""
    from latchkey.crypto import aes

    kernel = aes.kernel()
    for key, first, text in _cases(name):
        state = kernel.expand(key)
        counter = kernel.counter(state)
        for i in range(16):
            counter[i] = first[i]
        out = bytearray(b"\xa5" + text + b"\x5a")
        kernel.ctr(state, out, 1, len(text))
        assert out[0] == 0xA5 and out[-1] == 0x5A
        print(out[1:-1].hex() or "-", bytes(counter).hex())


def hashed(name, algorithm):
    """message -> digest, the message fed whole and then in pieces of growing length"""
    from latchkey.crypto import hashes

    for (message,) in _cases(name):
        whole, pieces = hashes.new(algorithm), hashes.new(algorithm)
        whole.update(message)
        at, n = 0, 1
        view = memoryview(message)
        while at < len(message):
            pieces.update(view[at : at + n])
            at += n
            n += 31
        digest = whole.digest()
        assert pieces.digest() == digest
        print(digest.hex())


def maced(name, algorithm):
    """key, message -> HMAC, twice from the same object"""
    from latchkey.crypto.hashes import HMAC

    for key, message in _cases(name):
        mac = HMAC(key, algorithm)
        results = []
        for _ in range(2):
            mac.update(message)
            out = bytearray(mac.size)
            mac.digest_into(out)
            results.append(out)
        mac.wipe()
        assert results[0] == results[1]
        print(results[0].hex())


def verified(name):
    """scheme, modulus, exponent, digest, signature -> True, False, or the cause; a PSS key for the schemes that ask for one"""
    from latchkey.crypto.job import run
    from latchkey.crypto.verify import verify

    for scheme, n, e, digest, signature in _cases(name):
        scheme = int.from_bytes(scheme, "big")
        e = int.from_bytes(e, "big")
        key = (1, n, e, None) if 0x0809 <= scheme <= 0x080B else (0, n, e)
        try:
            print(run(verify(scheme, key, digest, signature)))
        except Fault as fault:
            print(fault.cause)
