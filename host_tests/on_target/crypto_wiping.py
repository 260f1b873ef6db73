"""Keys leave the memory of what worked with them: of every kernel of AES-GCM, of the firmware's ciphers, of hash objects."""

import struct

import uctypes

from latchkey.crypto import aes, gcm, kernels, util


def _kernels():
    """Every pair of kernels that this firmware has."""
    from latchkey.crypto import kernel_portable_aes, kernel_portable_ghash

    yield aes.kernel(), gcm.kernel()
    yield kernel_portable_aes, kernel_portable_ghash
    for name in ("thumb2", "cryptolib", "viper"):
        module = kernels._import("latchkey.crypto.kernel_" + name + "_aes") if name != "thumb2" or kernels.which()[:1] == "u" else None
        if module:
            yield module, gcm.kernel()


def an_objects_address_is_where_it_lies():
    size = struct.calcsize("P")
    buf = bytearray(8)
    (data,) = struct.unpack("P", uctypes.bytearray_at(util.address(buf) + 3 * size, size))  # behind type, kind and length
    assert data == uctypes.addressof(buf)


def a_wipe_reaches_every_byte_and_no_further():
    memory = bytearray(2200)
    for size in list(range(70)) + [111, 255, 256, 500, 1023, 1024, 1025, 1536, 2047, 2100]:
        for i in range(len(memory)):
            memory[i] = 0xEE
        util.wipe(memoryview(memory)[17 : 17 + size])
        assert not any(memory[17 : 17 + size]), size
        assert memory[:17] == b"\xee" * 17 and memory[17 + size :] == b"\xee" * (len(memory) - 17 - size), size


def nothing_of_the_key_is_left_after_the_wipe():
    chosen = aes.kernel(), gcm.kernel()
    try:
        for aes._kernel, gcm._kernel in _kernels():
            _is_wiped(16)
            _is_wiped(32)
    finally:
        aes._kernel, gcm._kernel = chosen


def _is_wiped(size):
    aead = gcm.AESGCM(bytes(range(1, size + 1)))
    buf = bytearray(b"text" * 25 + bytes(16))
    aead.seal_start(bytearray(12), b"additional", buf, 0, 100)
    while not aead.step():
        pass
    keys, hash = aead._keys, aead._state
    aead.wipe()
    parts = keys if isinstance(keys, tuple) else (keys,)
    parts += hash[:2] if isinstance(hash, tuple) else (hash,)  # behind them are lengths
    for part in parts:
        assert not any(_inside(part) if "aes" in str(type(part)) else part), (aes.kernel().NAME, part)
    try:
        aead.seal_start(bytearray(12), b"additional", buf, 0, 100)
    except TypeError:
        return
    raise AssertionError


def _inside(cipher):
    """The memory of an object of `cryptolib`, behind its type: number of rounds, offset, round keys. (Less on an ESP32.)"""
    return uctypes.bytearray_at(util.address(cipher) + struct.calcsize("P"), 2 * struct.calcsize("P") + 272)


def the_key_in_the_firmwares_cipher_is_within_reach_from_the_first_moment():
    """Before its first block, too, when mbedTLS's round keys have not yet taken the place of the key."""
    if not _has_cryptolib():
        return
    from latchkey.crypto import kernel_cryptolib_aes as kernel

    for size in (16, 32):
        key = bytes(range(101, 101 + size))
        for blocks in (0, 1):
            state = kernel.expand(key)
            if blocks:
                kernel.ctr(state, bytearray(16), 0, 16)
            cipher = state[1]
            assert key in bytes(_inside(cipher))
            kernel.wipe(state)
            assert not any(_inside(cipher))


class _Simulated:
    """A cipher in memory of its own, laid out by `layout(key)` behind the pointer to its type; what lies behind it is another's."""

    def __init__(self, layout, key):
        self.memory = bytearray(b"\xee" * struct.calcsize("P") + layout(key) + b"\xcc" * 400)

    def encrypt(self, data, out=None):
        pass


class _Util:
    """The module's functions, where objects lie elsewhere."""

    wipe = staticmethod(util.wipe)

    @staticmethod
    def address(cipher):
        return uctypes.addressof(cipher.memory)


def _wiped(layout):
    """What of a simulated cipher's memory is zeros after `wipe`: (from, to)."""
    from latchkey.crypto import kernel_cryptolib_aes

    kernel: Any = kernel_cryptolib_aes
    kept = kernel.aes, kernel._reach, kernel.util
    kernel.aes = lambda key, mode: _Simulated(layout, bytes(key))
    kernel._reach, kernel.util = None, _Util
    try:
        state = kernel.expand(bytes(range(201, 233)))
        before = bytes(state[1].memory)
        kernel.wipe(state)
        after = bytes(state[1].memory)
        changed = [i for i in range(len(after)) if after[i] != before[i]]
        assert not any(after[i] for i in changed)
        return (changed[0], changed[-1] + 1) if changed else None
    finally:
        kernel.aes, kernel._reach, kernel.util = kept


def an_esp32s_cipher_is_wiped_to_the_end_of_its_key_and_no_further():
    """esp_aes_context: bytes of the key, how many of them the unit was given, 32 bytes; an IV and the mode follow."""
    if _has_cryptolib():
        pointer = struct.calcsize("P")
        assert _wiped(lambda key: b"\x20\x20" + key + bytes(17)) == (pointer, pointer + 34)


def a_cipher_whose_layout_is_not_known_is_left_alone():
    """Such as axTLS's, which has the words of the key in the machine's order; and one that keeps its key elsewhere."""
    if _has_cryptolib():
        assert _wiped(lambda key: b"\x0e\x00\x20\x00" + struct.pack(">8I", *struct.unpack("8I", key))) is None
        assert _wiped(lambda key: bytes(20)) is None


def _has_cryptolib():
    try:
        import cryptolib
    except ImportError:
        return False
    return bool(cryptolib)


def a_hash_object_keeps_nothing_of_what_it_was_fed():
    """hashlib's own, and those of ours; with messages whose last block is full of them, and with one that ends its block."""
    from latchkey.crypto import hashes

    for name in ("sha256", "sha384", "sha512"):
        for length in (7, 55, 64, 119, 300):
            secret = bytes((i * 7 + length) & 255 | 1 for i in range(length))
            h = hashes.new(name)
            h.update(secret)
            digest = hashes.finish(h)
            reference = hashes.new(name)
            reference.update(secret)
            assert digest == reference.digest()
            _keeps_nothing_of(h, secret[-7:], digest)


def an_hmac_leaves_nothing_in_its_hash_objects():
    from latchkey.crypto import hashes
    from latchkey.crypto.hashes import HMAC

    real, made = hashes.new, []
    hashes.new = lambda name: made.append(real(name)) or made[-1]
    try:
        for key in (b"a key of some bytes", b"one longer than a block" * 10):
            mac = HMAC(key, "sha256")
            result = bytearray(32)
            for _ in range(3):
                mac.update(b"a secret message")
                mac.digest_into(result)
            mac.wipe()
            mac = HMAC(key, "sha256")
            mac.update(b"a secret message")
            mac.wipe()
    finally:
        hashes.new = real
    assert len(made) > 10
    for h in made:
        _keeps_nothing_of(h, b"message", bytes(result))


def _keeps_nothing_of(h, end, digest):
    if hasattr(h, "_state"):
        assert not any(h._state) and not any(h._words) and h._block is None
        return
    memory = bytes(uctypes.bytearray_at(util.address(h) + 2 * struct.calcsize("P"), 112))
    assert end not in memory and digest[:16] not in memory, memory
    assert bytes(digest[i ^ 3] for i in range(16)) not in memory, memory
