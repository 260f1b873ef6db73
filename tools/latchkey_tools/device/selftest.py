"""What `latchkey selftest` and `latchkey bench` run on a board, a piece of work a call; each prints a line of JSON.

What is computed here is judged on the computer, which has the known answers.
"""

import binascii
import gc
import json
import sys
import time

from latchkey.crypto.job import run
from latchkey.errors import Fault

_AEADS = {"AES": ("gcm", "AESGCM"), "ChaCha20": ("chacha20poly1305", "ChaCha20Poly1305")}


def _tell(**facts):
    print(json.dumps(facts))


def _module(name):
    __import__("latchkey.crypto." + name)
    return sys.modules["latchkey.crypto." + name]


def digest(name, data):
    h = _module("hashes").new(name)
    h.update(data)
    return h.digest()


def hmac(name, key, data):
    mac = _module("hashes").HMAC(key, name)
    mac.update(data)
    made = bytearray(mac.size)
    mac.digest_into(made)
    return made


def drbg(seed, length):
    from latchkey.entropy.drbg import HMAC_DRBG

    generator = HMAC_DRBG(seed)
    made = bytearray(length)
    generator.fill(made)
    generator.fill(made)
    return made


def _aead(kind, key):
    module, name = _AEADS[kind]
    return getattr(_module(module), name)(key)


def seal(kind, key, nonce, aad, text):
    buf = bytearray(text) + bytearray(16)
    aead = _aead(kind, key)
    aead.seal_start(nonce, aad, buf, 0, len(text))
    while not aead.step():
        pass
    return buf


def unseal(kind, key, nonce, aad, sealed):
    """The text; b"" where the tag is wrong."""
    buf = bytearray(sealed)
    aead = _aead(kind, key)
    try:
        aead.open_start(nonce, aad, buf, 0, len(buf) - 16)
        while not aead.step():
            pass
    except Fault:
        return b""
    return buf[:-16]


def public(curve, scalar):
    return run(_module(curve).public(scalar))


def shared(curve, scalar, point):
    return run(_module(curve).shared(bytearray(scalar), point))


def verify(scheme, kind, key, exponent, digest, signature):
    """b"\\x01" or b"\\x00"; `kind`: 0 for an RSA key of this modulus, else the point's group."""
    return bytes((run(_module("verify").verify(scheme, (kind, key, exponent) if kind == 0 else (kind, key), digest, signature)),))


def sign(group, scalar, digest):
    return run(_module("ecdsa_sign").sign_with(group, bytearray(scalar), digest, b""))


def _called(work, arguments):
    """What `answer` and `timing` run: arguments that are bytes come as hexadecimal digits in a list of one."""
    given = [binascii.unhexlify(one[0]) if isinstance(one, list) else one for one in arguments]
    return lambda: work(*given)


def answer(work, *arguments):
    """The result of a piece of work, or why there is none."""
    try:
        _tell(result=binascii.hexlify(bytes(_called(work, arguments)())).decode())
    except ImportError as error:
        _tell(missing=str(error))
    except MemoryError as error:
        _tell(no_room=str(error))
    except Exception as error:
        _tell(failed="{}: {}".format(type(error).__name__, error))
    gc.collect()


def timing(times, work, *arguments):
    """Microseconds of each of so many runs, after one that loads and warms; of short work of several in a row."""
    try:
        call = _called(work, arguments)
        call()
        began = time.ticks_us()
        call()
        row = min(100, 1 + 20000 // (time.ticks_diff(time.ticks_us(), began) + 1))
        taken = []
        for _ in range(times):
            gc.collect()
            began = time.ticks_us()
            for _ in range(row):
                call()
            taken.append(time.ticks_diff(time.ticks_us(), began) / row)
        _tell(us=taken)
    except ImportError as error:
        _tell(missing=str(error))
    except MemoryError as error:
        _tell(no_room=str(error))
    gc.collect()


def board():
    """What it is, and which arithmetic is in use; after the vectors, so that all that works here has been chosen."""
    import latchkey
    from latchkey.crypto import aes, gcm, kernels, p256, rsa
    from latchkey.crypto.field.machine import kernel_name

    try:
        import machine

        hz = machine.freq()
        hz = hz[0] if isinstance(hz, tuple) else hz
    except (ImportError, AttributeError):
        hz = 0
    gc.collect()
    found = sys.implementation
    _tell(
        machine=getattr(found, "_machine", sys.platform),
        micropython=sys.version.split("; ")[-1],
        latchkey=latchkey.__version__,
        hz=hz,
        heap_free=gc.mem_free(),
        kernels={"P-256": kernel_name(p256.CURVE.field), "RSA": rsa.kernel().NAME, "AES": aes.kernel().NAME, "GHASH": gcm.kernel().NAME},
        wrong=list(kernels.failed),
        no_room=list(kernels.no_room),
    )


def health():
    """Seed the pool anew, as a handshake would, and say of each of its sources what is wrong with it ("" where nothing is)."""
    from latchkey import entropy
    from latchkey.entropy.health import test_only
    from latchkey.entropy.reporting import complaint

    pool = entropy.default()
    wrong = ""
    try:
        run(pool.reseed())
    except Fault as fault:
        wrong = str(fault)
    _tell(
        wrong=wrong,
        sources=[
            {
                "name": m.source.name,
                "trusted": bool(m.source.trusted) and not test_only(m.source),
                "drawn": m.drawn,
                "wrong": complaint(m),
            }
            for m in pool.monitors
        ],
    )
