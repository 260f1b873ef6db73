"""Hashes, HMAC and the table of signature schemes: misuse, and what is left behind. Their results are test_hashes.py's."""

from latchkey.crypto import hashes, verify
from latchkey.crypto.hashes import HMAC
from latchkey.crypto.job import run

_NAMES = "sha256", "sha384", "sha512"


def _refuses(function, *arguments):
    try:
        function(*arguments)
    except ValueError:
        return True
    return False


def a_digest_ends_the_hash():
    for name in _NAMES:
        h = hashes.new(name)
        h.update(b"abc")
        assert len(h.digest()) == hashes.digest_size(name)
        assert _refuses(h.digest) and _refuses(h.update, b"more"), name


def sha_1_and_md5_can_not_be_had():
    for name in ("sha1", "md5", "sha224", "SHA256", ""):
        assert _refuses(hashes.new, name), name


def sha_512_leaves_nothing_of_what_it_was_fed():
    h = hashes.new("sha512")
    h.update(b"secret" * 50)
    block, state, words = h._block, h._state, h._words
    h.digest()
    assert not any(block) and not any(state) and not any(words)


def sha_512_takes_any_kind_of_buffer_and_does_not_grow():
    data = bytes(range(256)) * 3
    digests = set()
    for kind in (bytes, bytearray, memoryview):
        h = hashes.new("sha512")
        for at in range(0, len(data), 100):
            h.update(kind(data)[at : at + 100])
        assert len(h._block) == 128
        digests.add(h.digest())
    assert len(digests) == 1


def hmac_ends_a_message_with_its_digest():
    """What is fed then is the next message, be there one or none."""
    for name in _NAMES:
        mac = HMAC(b"key", name)
        first, second, none, fresh = [bytearray(mac.size) for _ in range(4)]
        mac.update(b"message")
        mac.digest_into(first)
        mac.update(b"message")
        mac.digest_into(second)
        mac.digest_into(none)
        HMAC(b"key", name).digest_into(fresh)
        assert first == second and any(first)
        assert none == fresh != first


def hmac_gives_nothing_once_it_was_wiped():
    mac = HMAC(b"key", "sha256")
    mac.update(b"message")
    mac.wipe()
    for function, arguments in ((mac.update, (b"message",)), (mac.digest_into, (bytearray(32),))):
        assert _refuses(function, *arguments)


def hmac_refuses_a_buffer_of_another_length():
    for name in _NAMES:
        mac = HMAC(b"key", name)
        for size in (0, mac.size - 1, mac.size + 1):
            buf = bytearray(size)
            assert _refuses(mac.digest_into, buf) and len(buf) == size


def hmac_leaves_nothing_of_its_key():
    for name in _NAMES:
        for key in (b"key", bytes(range(200))):
            mac = HMAC(key, name)
            inner, outer = mac._inner_key, mac._outer_key
            assert any(inner) and any(outer)
            mac.update(b"message")
            mac.wipe()
            assert not any(inner) and not any(outer)


def every_scheme_that_is_offered_names_its_hash():
    assert [verify.hash_name(scheme) for scheme in (0x0403, 0x0501, 0x0806, 0x0809, 0x080B)] == [
        "sha256",
        "sha384",
        "sha512",
        "sha256",
        "sha512",
    ]
    assert {verify.hash_name(scheme) for scheme in verify.SCHEMES} == set(_NAMES)
    assert len(set(verify.SCHEMES)) == len(verify.SCHEMES)


def schemes_with_weaker_hashes_and_unknown_ones_are_refused():
    for scheme in (0x0101, 0x0201, 0x0203, 0x0301, 0x0303, 0x0402, 0x0701, 0x0807, 0x0808, 0x0803, 0x080C, 0x0404, 0, 0xFFFF):
        assert _refuses(verify.hash_name, scheme), scheme
        assert _refuses(run, verify.verify(scheme, (23, bytes(65)), bytes(20), b"")), scheme


def a_digest_of_another_length_is_refused():
    for size in (0, 20, 31, 33, 48):
        assert _refuses(run, verify.verify(0x0403, (23, bytes(65)), bytes(size), b"")), size
