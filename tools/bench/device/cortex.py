"""What the groups of the emulated cores run on the board. Every function prints one JSON object; counts are of instructions.

What hangs on real time is left out: see Wire. So a count is the same again, but for the lengths of signatures and the like.
"""

import gc
import io
import json
import time

import emulator
import micropython

import streams


def tell(**values):
    print(json.dumps(values))


def held():
    gc.collect()
    gc.collect()
    return gc.mem_alloc()


def load(path):
    with open(path, "rb") as file:
        return file.read()


class Wire:
    """A serial port as a transport that waits. What passes in here hangs on the host: it is not counted."""

    def __init__(self):
        self.port = streams.uart(1)
        self.counts = False
        self.uncounted = 0

    def _now(self):
        return emulator.instructions() if self.counts else 0  # where.c counts between one call of it and the next

    def readinto(self, buf):
        start = self._now()
        view = memoryview(buf)
        got = 0
        while got < len(view):
            n = self.port.readinto(view[got:])
            if n:
                got += n
            else:
                time.sleep_ms(1)
        self.uncounted += self._now() - start
        return got

    def write(self, buf):
        start = self._now()
        n = self.port.write(buf)
        self.uncounted += self._now() - start
        return n

    def close(self):
        pass

    def counted(self, work, *arguments, **named):
        """The instructions of `work(...)`, and what it returns."""
        self.uncounted = 0
        self.counts = True
        start = emulator.instructions()
        result = work(*arguments, **named)
        count = emulator.instructions() - start - self.uncounted
        self.counts = False
        return count, result


class Stream(io.IOBase):
    """A wire as MicroPython's own tls takes one."""

    def __init__(self, wire):
        self.wire = wire

    def readinto(self, buf):
        return self.wire.readinto(buf)

    def write(self, buf):
        return self.wire.write(buf)

    def ioctl(self, _request, _argument):
        return 0


def on_viper():
    """From here on no Thumb-2 kernel is chosen, as on a core without one."""
    from latchkey.crypto import kernels

    kernels._found = "native"


class Profile:
    """Instructions by message, and the longest slice, of one handshake."""

    def __init__(self):
        self.phases = []
        self.longest = 0
        self.last = self.last_message = emulator.instructions()

    def progress(self, _stage):
        now = emulator.instructions()
        self.longest = max(self.longest, now - self.last)
        self.last = emulator.instructions()

    def trace(self, direction, message, size, note=""):
        now = emulator.instructions()
        self.phases.append((direction + message, now - self.last_message))
        self.last_message = emulator.instructions()


def context_for(folder, mutual, receive, send=2048, psk=None):
    import latchkey

    context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT, receive_buffer=receive, send_buffer=send)
    if psk:
        context.psk_identity, context.psk_key = "bench", psk
    else:
        context.load_verify_locations(cadata=load(folder + "/root.der"))
    if mutual:
        context.load_cert_chain(load(folder + "/device.pem"), load(folder + "/device.key"))
    context.handshake_timeout = None
    return context


def cold(folder):
    """From a fresh interpreter to Finished."""
    wire = Wire()
    count, _ = wire.counted(lambda: context_for(folder, False, 4096).wrap_socket(wire, server_hostname="localhost"))
    tell(instructions=count)


_kept: "dict" = {}  # the context, from one function to the next


def warm(folder, mutual=False, viper=False, psk=None, records=4096):
    """One handshake that loads modules, tests kernels, seeds the generator and warms nothing else; its context is kept for `again`."""
    if viper:
        on_viper()
    _kept.clear()
    gc.collect()
    _kept["context"] = context_for(folder, mutual, records, records, psk)
    _kept["context"].wrap_socket(Wire(), server_hostname="localhost")
    tell(ok=True)


def again():
    """The handshake that is measured."""
    wire = Wire()
    gc.collect()
    count, tls = wire.counted(_kept["context"].wrap_socket, wire, server_hostname="localhost")
    tell(instructions=count, resumed=tls.session_reused, suite=tls.cipher()[0])


def bulk(directions, size=4096, builtin=False):
    """64 KB in lines of so many octets to `s_server -rev` and back, each in a record of its own, after one that is not counted.
    Instructions a KB of what goes up and comes down; `directions` says which of it is measured at all ("up", "down"), for where.py.
    `builtin`: by MicroPython's own tls, whose context `builtin()` left.
    """
    wire = Wire()
    tls = _kept["context"].wrap_socket(Stream(wire) if builtin else wire, server_hostname="localhost")
    line = bytearray(size)
    line[-1] = 10
    count = -(-65536 // size)
    told = {"up": 0, "down": 0}
    gc.collect()
    for turn in range(count + 1):
        for direction, work in (("up", tls.write), ("down", tls.readinto)):
            if turn and direction in directions:
                told[direction] += wire.counted(work, line)[0]
            else:
                work(line)
    tell(up=told["up"] * 1024 // (size * count), down=told["down"] * 1024 // (size * count))


def profile():
    """The same, looked at more closely, and so with more instructions in all; then a record of 1 KB to the server and one back."""
    from latchkey.crypto import p256
    from latchkey.crypto.field.machine import kernel_name

    context = _kept["context"]
    gc.collect()
    uart = streams.uart(1)
    look = Profile()
    context.trace, context.progress = look.trace, look.progress
    tls = context.wrap_socket(uart, server_hostname="localhost")
    look.trace("", "return of wrap_socket", 0)
    context.trace = context.progress = None
    line = bytearray(b"k" * 1023 + b"\n")
    gc.collect()
    look.last_message = emulator.instructions()
    tls.write(line)
    look.trace(">", "record of 1 KB", 1024)
    tls.readinto(line)
    look.trace("<", "record of 1 KB", 1024)
    tell(phases=look.phases, longest=look.longest, kernel=kernel_name(p256.CURVE.field))


def builtin(folder, suite):
    """A handshake by MicroPython's own tls (mbedTLS), the server verified, after one that is not counted.

    It is given a heap without small holes. With those that `import` leaves it takes three times as many instructions, in gc_alloc.
    """
    import tls

    if "context" not in _kept:
        context = _kept["context"] = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
        context.verify_mode = tls.CERT_REQUIRED  # pyright: ignore[reportAttributeAccessIssue]: the stubs lack it
        context.load_verify_locations(load(folder + "/root.der"))
        context.set_ciphers([suite])
    gc.collect()
    uart = streams.uart(1)
    holes = [i * 0.5 for i in range(2000)]  # one block each: what they fill, the allocator would pass over at each of mbedTLS's numbers
    start = emulator.instructions()
    wrapped = _kept["context"].wrap_socket(uart, server_hostname="localhost")
    count = emulator.instructions() - start
    del holes
    try:
        wrapped.close()  # here, where nobody is told that a serial port can't be closed; the collector would print it
    except OSError:
        pass
    tell(instructions=count)


def idle(folder):
    """Heap that an idle connection holds beyond its record buffers: all that was allocated since before the context, bar these."""
    context = context_for(folder, False, 4096)
    context.wrap_socket(streams.uart(1), server_hostname="localhost").close()  # the server takes one connection at a time
    del context
    gc.collect()
    before = held()
    context = context_for(folder, False, 4096)
    made = held()
    tls = context.wrap_socket(streams.uart(2), server_hostname="localhost")
    tell(idle=held() - before - 4096 - 2048, context=made - before, dead=tls.dead)


def blocks(folder):
    """A mutual handshake with 2 KB records; prints micropython.mem_info() at each slice."""
    context = context_for(folder, True, 2048)
    context.progress = lambda stage: micropython.mem_info()
    context.wrap_socket(streams.uart(1), server_hostname="localhost")


def counted(job):
    """Instructions of a job, after one run of it that is not counted."""
    from latchkey.crypto.job import run

    run(job())
    gc.collect()
    start = emulator.instructions()
    run(job())
    return emulator.instructions() - start


class Fixed:
    """A scalar that is neither sparse nor dense."""

    def fill(self, buf):
        for i in range(len(buf)):
            buf[i] = i * 37 + 11 & 255


def arithmetic(folder):
    """The single operations, as a handshake calls them."""
    from latchkey.crypto import p256, p384, rsa_sign, verify
    from latchkey.crypto.chacha20poly1305 import ChaCha20Poly1305
    from latchkey.crypto.gcm import AESGCM

    v = json.loads(load(folder + "/vectors.json"))
    point, digest = bytes.fromhex(v["point"]), bytes.fromhex(v["digest"])
    wide_point, wide_ecdsa = bytes.fromhex(v["wide_point"]), bytes.fromhex(v["wide_ecdsa"])
    scalar, wide_scalar = bytearray(32), bytearray(48)
    Fixed().fill(scalar)
    Fixed().fill(wide_scalar)
    modulus, ecdsa, rsa = bytes.fromhex(v["modulus"]), bytes.fromhex(v["ecdsa"]), bytes.fromhex(v["rsa"])
    told = {
        "p256_mul": counted(lambda: p256.shared(scalar, point)),
        "p256_base_mul": counted(lambda: p256.public(scalar)),
        "ecdsa_p256_verify": counted(lambda: verify.verify(0x0403, (23, point), digest, ecdsa)),
        "p384_mul": counted(lambda: p384.shared(wide_scalar, wide_point)),
        "ecdsa_p384_verify": counted(lambda: verify.verify(0x0403, (24, wide_point), digest, wide_ecdsa)),
        "rsa2048_verify": counted(lambda: verify.verify(0x0401, (0, modulus, 65537), digest, rsa)),
    }
    numbers = [bytearray(bytes.fromhex(number)) for number in v["private"]]
    context = type("Context", (), {"random": Fixed()})
    private = rsa_sign.RSAKey(modulus, 65537, numbers, context)
    told["rsa2048_sign"] = counted(lambda: private.sign(0x0401, digest))
    for name, aead in (("aes128gcm", AESGCM(bytes(range(16)))), ("chacha20poly1305", ChaCha20Poly1305(bytes(range(32))))):
        told[name + "_seal_1kib"] = sealing(aead)
    tell(**told)


def sealing(aead):
    """A kilobyte, as the record layer calls it; the first run is not counted."""
    nonce, aad, buf = bytearray(12), bytearray(13), bytearray(1024 + 16)
    taken = 0
    for _ in range(2):
        gc.collect()
        start = emulator.instructions()
        aead.seal_start(nonce, aad, buf, 0, 1024)
        while not aead.step():
            pass
        taken = emulator.instructions() - start
    return taken
