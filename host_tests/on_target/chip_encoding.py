"""What the chip's driver computes by itself: checksums, signatures' encodings, policies in words."""

from latchkey.secure_element import ecdsa_der
from latchkey.secure_element.atca import crc16


def _wire(data):
    crc = crc16(data)
    return bytes((crc & 255, crc >> 8))


def checksums_are_those_of_the_datasheet_and_of_the_field():
    for data, wire in (
        ("0411", "3343"),
        ("0400", "0340"),
        ("0407", "40c2"),
        ("04ee", "3141"),
        ("0730000000", "035d"),
        ("071b000000", "24cd"),
        ("0702825000", "0a14"),
        ("0740040200", "8507"),
        ("0b120005008120812 0".replace(" ", ""), "73dd"),
        ("0a470203006162 63".replace(" ", ""), "7053"),
    ):
        assert _wire(bytes.fromhex(data)) == bytes.fromhex(wire), data
    assert _wire(b"123456789") == b"\xdd\xbc"
    assert crc16(b"xx123456789yy", 2, 11) == crc16(b"123456789")


def a_signature_is_encoded_in_minimal_der():
    one = bytes(31) + b"\x01"
    high = b"\x80" + bytes(31)
    assert ecdsa_der.encode(one + one) == b"\x30\x06\x02\x01\x01\x02\x01\x01"
    assert ecdsa_der.encode(high + one) == b"\x30\x26\x02\x21\x00" + high + b"\x02\x01\x01"
    assert ecdsa_der.encode(bytes(64)) == b"\x30\x06\x02\x01\x00\x02\x01\x00"


def encoding_and_decoding_are_each_others_inverse():
    for r in (b"\x01", b"\x7f", b"\x80", b"\x01\x00", b"\x80" + bytes(30), b"\x7f" * 32, b"\xfe" * 32):
        for s in (b"\x02", b"\xff\x00"):
            raw = bytes(32 - len(r)) + r + bytes(32 - len(s)) + s
            assert ecdsa_der.decode(ecdsa_der.encode(raw)) == raw


def rejects_what_is_not_strict_der_or_out_of_range():
    good = ecdsa_der.encode(b"\x11" * 64)
    order = (
        b"\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51"
    )
    assert ecdsa_der.decode(good) == b"\x11" * 64
    for bad in (
        good + b"\x00",
        b"\x31" + good[1:],
        b"\x30\x81" + good[1:],
        b"\x30\x06\x02\x01\x00\x02\x01\x01",  # r = 0
        b"\x30\x06\x02\x01\x01\x02\x01\x00",  # s = 0
        b"\x30\x07\x02\x02\x00\x01\x02\x01\x01",  # not minimal
        b"\x30\x06\x02\x01\x81\x02\x01\x01",  # negative
        b"\x30\x06\x02\x00\x02\x02\x01\x01",  # empty
        ecdsa_der.encode(order + b"\x11" * 32),  # r = n
        b"\x30\x27\x02\x22\x00\x01" + bytes(32) + b"\x02\x01\x01",  # r beyond 256 bits
        b"\x30\x04\x02\x01\x01\x02",
    ):
        assert ecdsa_der.decode(bad) is None, bad


def every_prefix_of_a_signature_is_refused():
    good = ecdsa_der.encode(b"\x91" * 64)
    for length in range(len(good)):
        assert ecdsa_der.decode(good[:length]) is None
        assert ecdsa_der.decode(b"\x30" + bytes((max(length - 2, 0),)) + good[2:length]) is None


def an_encrypted_write_that_stops_half_way_leaves_nothing_of_its_key_stream():
    from latchkey.crypto.job import run
    from latchkey.secure_element import encrypted

    stream = bytes(bytearray(range(1, 33)))

    def agree(*_):
        return stream
        yield

    real, encrypted._agree = encrypted._agree, agree
    try:
        run(encrypted.write_encrypted(None, 5, 0, b"too short", 4, bytes(32), bytes(9), bytes(20)))
    except IndexError:
        assert stream == bytes(32)
    else:
        raise AssertionError("9 bytes were written as 32")
    finally:
        encrypted._agree = real


def _config(slot_config, key_config, locked=True):
    config = bytearray(128)
    config[20:22], config[96:98] = slot_config, key_config
    config[86] = config[87] = 0 if locked else 0x55
    config[88] = config[89] = 0xFF
    return config


def a_refusal_is_traced_to_its_bit():
    from latchkey.secure_element.policy import why_refused

    key = b"\x33\x00"
    assert why_refused(_config(b"\x81\x20", key), 0, "sign") == ""
    for slot_config, key_config, use, word in (
        (b"\x84\x20", key, "sign", "ReadKey bit 0"),
        (b"\x81\x80", key, "generate", "WriteConfig bit 13"),
        (b"\x81\x20", b"\x31\x00", "public", "PubInfo"),
        (b"\x81\x20", b"\x3c\x00", "sign", "Private"),
        (b"\x01\x20", key, "sign", "IsSecret"),
        (b"\x81\x20", b"\xb3\x00", "sign", "ReqAuth"),
        (b"\x81\x20", b"\x3f\x00", "sign", "KeyType"),
    ):
        assert word in why_refused(_config(slot_config, key_config), 0, use), word
    assert "not locked" in why_refused(_config(b"\x81\x20", key, locked=False), 0, "sign")


def dangerous_policies_are_warned_of():
    from latchkey.secure_element.policy import warnings

    def of(slot_config, key_config=b"\x3c\x00"):
        return [text for text in warnings(_config(slot_config, key_config)) if text.startswith("slot 0")]

    assert of(b"\x81\x20", b"\x33\x00") == [] and of(b"\x8f\x80") == [] and of(b"\x0f\x00") == []
    assert "own messages" in of(b"\x83\x20", b"\x33\x00")[0]
    assert "agrees" in of(b"\x85\x20", b"\x33\x00")[0]
    assert "cannot be used" in of(b"\x01\x20", b"\x33\x00")[0]
    assert "overwrite" in of(b"\x8f\x00")[0]
    assert "CheckMac" in of(b"\x80\x80")[0]
    assert "barred from MAC" in of(b"\x1f\x80")[0]


def a_slot_whose_protection_rests_on_an_open_one_is_warned_of():
    from latchkey.secure_element import policy

    def sentences(**slots):
        config = bytearray(128)  # both zones locked
        for number in range(16):
            config[20 + 2 * number : 22 + 2 * number] = b"\x8f\x8f"  # secret, never written
            config[96 + 2 * number : 98 + 2 * number] = b"\x1c\x00"
        for name, (may, key) in slots.items():
            number = int(name[1:])
            config[20 + 2 * number : 22 + 2 * number] = bytes.fromhex(may)
            config[96 + 2 * number : 98 + 2 * number] = bytes.fromhex(key)
        return policy.warnings(config)

    assert sentences() == []
    for slots, sentence in (
        ({"s3": ("c480", "1c00"), "s4": ("0f80", "1c00")}, "slot 3: it is read encrypted under slot 4, which anyone may read"),
        ({"s5": ("8f44", "1c00"), "s4": ("8f00", "1c00")}, "slot 5: it is written encrypted under slot 4, which anyone may overwrite"),
        ({"s2": ("8c20", "1300"), "s3": ("0f80", "1c00")}, "slot 2: ECDH puts its secret into slot 3, which anyone may read"),
        ({"s0": ("8144", "3300"), "s4": ("0f80", "1c00")}, "slot 0: it is written encrypted under slot 4, which anyone may read"),
        ({"s0": ("8120", "b304"), "s4": ("0f80", "1c00")}, "slot 0: it is authorised by slot 4, which anyone may read"),
    ):
        assert sentence in sentences(**slots), (sentence, sentences(**slots))
