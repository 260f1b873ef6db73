"""Where a session outlives the program: a deep sleep, a restart, a power cut.

    context.sessions = SessionStore(RTCMemory(), "session.key")         # an ESP32's, kept through a deep sleep (board_memory.py)
    context.sessions = SessionStore(backup_sram(), "session.key")       # an STM32's, kept by VBAT
    context.sessions = SessionStore(Files("session"), "session.key")    # flash: kept through everything

What is stored is sealed by AES-256-GCM under a random nonce, with its version, its head and the host as associated data: it opens for
this host, where this key is. A key in the same flash as the session stops no one who reads the flash.

A place has two slots of `size` octets, `read(slot)` and `write(slot, data)`. The newer one that opens counts: what a power cut leaves is
the old session or the new one, never a half. `rest` is the least seconds between two writes of a place that wears; such a place is
written after full handshakes alone.
"""

import errno
import os
from struct import pack_into, unpack_from

from latchkey.crypto.util import wipe
from latchkey.errors import Fault, settle, text

_MARK = b"lk\x01"  # and the version
_HEAD = ">3sBHII"  # mark, 0, octets of text, number, seconds at which it was written
_NONCE = const(14)  # where each begins
_TEXT = const(26)
_TAG = const(16)
_KEY = const(32)


class SessionStore:
    """Sessions in a `place`. `key`: the path of a file, which is made with random bytes where there is none; or 32 bytes; or a function
    that returns them, a chip's say. `clockless`: keep sessions there where the time is not known, too, and offer them whatever their age.
    """

    place: Any = None
    wears = False
    clockless = False
    _key: Any = None
    _ended = False  # something there was to be deleted, and could not be
    __setattr__ = settle

    def __init__(self, place, key, clockless=False):
        if not all(hasattr(place, name) for name in ("read", "write", "size", "rest")):
            raise TypeError(text("arguments").no_argument("place", place))
        if clockless not in (False, True):
            raise ValueError(text("arguments").no_argument("clockless", clockless))
        if not isinstance(key, str) and not callable(key) and (not isinstance(key, (bytes, bytearray)) or len(key) != _KEY):
            raise ValueError("key is 32 bytes, a function that returns them, or the path of a file")
        self.place = place
        self.wears = place.rest > 0
        self.clockless = clockless
        self._key = key

    def load(self, host):
        """What was last put there for `host`, in a buffer that is its user's to wipe, or None. It stays where it is."""
        if self._ended:
            self.delete()
        key = None
        try:
            heads = () if self._ended else self._heads()
            key = self._secret(None) if heads else None
            for _, _, slot in heads if key else ():
                form = _opened(key, self.place.read(slot), host)
                if form is not None:
                    return form
        except (OSError, MemoryError):
            pass
        finally:
            wipe(key or b"")
        return None

    def put(self, host, form, random, now):
        """Put `form` there at `now`, in seconds, sealed with what `random` fills; returns "", or why not."""
        if _TEXT + len(form) + _TAG > self.place.size:
            return "too large for the store: %d bytes, it has %d" % (_TEXT + len(form) + _TAG, self.place.size)
        heads = self._heads()
        for _, written, _ in heads:
            if 0 <= now - written < self.place.rest:
                return "not stored: the last one was %d s ago" % (now - written)
        key = self._secret(random)
        try:
            slot, number = self._next(heads, key, host)
            self.place.write(slot, _sealed(key, (_MARK, 0, len(form), number, now), form, host, random))
        finally:
            wipe(key)
        self._ended = False
        return ""

    def delete(self):
        """End all that is there, the newest first, but for when it was written. Where that fails it is done before anything is read."""
        self._ended = True
        try:
            for _, _, slot in self._heads():
                data = self.place.read(slot)
                if data[4] or data[5]:
                    head = bytearray(data[:_NONCE])
                    head[4] = head[5] = 0
                    self.place.write(slot, head)
            self._ended = False
        except (OSError, MemoryError):
            pass

    def _heads(self):
        """`(number, seconds, slot)` of what is there, the newest first."""
        found = []
        for slot in (0, 1):
            data = self.place.read(slot)
            if len(data) >= _NONCE and bytes(data[:3]) == _MARK:
                found.append(unpack_from(">II", data, 6) + (slot,))
        return sorted(found, reverse=True)

    def _next(self, heads, key, host):
        """`(slot, number)` of the next one: in the place of what does not open for this host, else of the older one."""
        good = []
        for _, _, slot in heads:
            form = _opened(key, self.place.read(slot), host)
            if form is not None:
                wipe(form)
                good.append(slot)
        if len(good) == 1:
            slot = 1 - good[0]
        elif heads:
            slot = heads[1][2] if len(heads) == 2 else 1 - heads[0][2]
        else:
            slot = 0
        number = 0
        for other, _, at in heads:
            if at in good and at != slot:
                number = other
        return slot, number + 1

    def _secret(self, random):
        """The key, its user's to wipe. Where there is none yet it is made of what `random` fills, or None."""
        if isinstance(self._key, str):
            return _of_file(self._key, random)
        return _copied(self._key() if callable(self._key) else self._key)


class Memory:
    """Two slots in a buffer: in RAM, or in memory that a sleep leaves alone. `written`: called `(start, end)` after each write."""

    rest = 0

    def __init__(self, buf, written=None):
        if not isinstance(buf, (bytearray, memoryview)):
            raise TypeError(text("arguments").no_argument("buf", buf))
        self.size = len(buf) // 2
        self._buf = memoryview(buf)
        self._written = written

    def read(self, slot):
        return self._buf[slot * self.size : (slot + 1) * self.size]

    def write(self, slot, data):
        start = slot * self.size
        self._buf[start : start + len(data)] = data
        wipe(self._buf[start + len(data) : start + self.size])
        if self._written:
            self._written(start, start + self.size)


class Files:
    """Two slots in files, `path`.0 and `path`.1."""

    def __init__(self, path, size=4096, rest=600):
        for name, value, kind in (("path", path, str), ("size", size, int), ("rest", rest, int)):
            if not isinstance(value, kind):
                raise TypeError(text("arguments").no_argument(name, value))
        self.size = size
        self.rest = rest
        self._path = path

    def read(self, slot):
        return _contents(self._name(slot), self.size)

    def write(self, slot, data):
        _fill(self._name(slot), data)

    def _name(self, slot):
        return "{}.{}".format(self._path, slot)


def _copied(key):
    if len(key) != _KEY:
        raise ValueError("key is 32 bytes")
    return bytearray(key)


def _of_file(path, random):
    key = bytearray(_contents(path, _KEY))
    if len(key) != _KEY:
        if random is None:
            return None
        key = bytearray(_KEY)
        random.fill(key)
        _fill(path, key)
    return key


def _contents(path, most):
    """Of a file, b"" where there is none."""
    try:
        with open(path, "rb") as file:
            return file.read(most)
    except OSError as e:
        if e.errno != errno.ENOENT:
            raise
        return b""


def _fill(path, data):
    with open(path, "wb") as file:
        file.write(data)
    if hasattr(os, "sync"):
        os.sync()


def _sealed(key, head, form, host, random):
    """`form` as it lies in a slot."""
    data = bytearray(_TEXT + len(form) + _TAG)
    pack_into(_HEAD, data, 0, *head)
    nonce = bytearray(_TEXT - _NONCE)
    random.fill(nonce)
    data[_NONCE:_TEXT] = nonce
    data[_TEXT : _TEXT + len(form)] = form
    aead = _aead(key)
    try:
        aead.seal_start(nonce, _associated(data, host), data, _TEXT, len(form))
        while not aead.step():
            pass
    finally:
        aead.wipe()
    return data


def _opened(key, data, host):
    """What lies in a slot, in a buffer that is its user's to wipe, or None."""
    n = data[4] << 8 | data[5]
    if not n or _TEXT + n + _TAG > len(data):
        return None
    form = bytearray(data[_TEXT : _TEXT + n + _TAG])
    aead = _aead(key)
    try:
        aead.open_start(bytes(data[_NONCE:_TEXT]), _associated(data, host), form, 0, n)
        while not aead.step():
            pass
    except Fault:
        return None
    finally:
        aead.wipe()
    return memoryview(form)[:n]


def _aead(key):
    from latchkey.crypto.gcm import AESGCM

    return AESGCM(key)


def _associated(data, host):
    return bytes(data[:_NONCE]) + host.encode()
