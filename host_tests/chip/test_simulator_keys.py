"""Keys of the simulated chip: made, used, agreed on, validated, authorised (GenKey 9.7, ECDH 9.5, Sign 9.18, Verify 9.20, CheckMac 9.2)."""

from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tools.laboratory.atecc_simulator import Atecc608a, Status, setups
from tools.laboratory.atecc_simulator.bench import Bench
from tools.laboratory.atecc_simulator.commands.ecc import ORDER, public_of, sign, verifies
from tools.laboratory.atecc_simulator.memory import Memory

READ, MAC, WRITE, GENDIG, NONCE, DERIVEKEY = 0x02, 0x08, 0x12, 0x15, 0x16, 0x1C
CHECKMAC, INFO, GENKEY, SIGN, ECDH, VERIFY, PRIVWRITE, SHA = 0x28, 0x30, 0x40, 0x41, 0x43, 0x45, 0x46, 0x47
EXTERNAL, INTERNAL = 0x80, 0x00
BLOCK, ENCRYPTED, DATA = 0x80, 0x40, 2
DIGEST = sha256(b"message").digest()
PEER = 0x1234567890
SN = setups.SERIAL_NUMBER
SN_PART = SN[8:] + SN[:2]


def provisioned(slots: dict[int, int] | None = None, keys: dict[int, int] | None = None, lock_data: bool = True, **options) -> Bench:
    """A TLS client's chip with other SlotConfigs and KeyConfigs in some slots, awake."""
    config = bytearray(setups.tls_client().config)
    config[86:88] = b"\x55\x55"
    for n, value in (slots or {}).items():
        config[20 + 2 * n : 22 + 2 * n] = value.to_bytes(2, "little")
    for n, value in (keys or {}).items():
        config[96 + 2 * n : 98 + 2 * n] = value.to_bytes(2, "little")
    bench = Bench(setups.provisioned(bytes(config), lock_data=lock_data), **options)
    bench.wake()
    return bench


def load(bench: Bench, digest: bytes = DIGEST) -> None:
    assert bench.call(NONCE, 3, 0, digest) == Status.SUCCESS


def store_public(memory: Memory, slot: int, public: bytes, mark: int = 0) -> None:
    memory.slots[slot][:72] = bytes([mark, 0, 0, 0]) + public[:32] + bytes(4) + public[32:]


def private(bench: Bench, slot: int) -> int:
    return setups.private_value(bench.memory, slot)


# GenKey


def test_makes_a_new_key_and_gives_its_public_key() -> None:
    bench = provisioned()
    old = private(bench, 2)
    public = bench.get(GENKEY, 0x04, 2)
    assert private(bench, 2) != old
    assert public == public_of(private(bench, 2)) == bench.get(GENKEY, 0, 2)
    assert bench.memory.wear["slot 2"] == 1


@pytest.mark.parametrize(
    ("slot_config", "key_config", "made", "told"),
    [
        (0x2081, 0x0033, True, True),
        (0x8081, 0x0033, False, True),  # WriteConfig forbids new keys
        (0x2081, 0x0031, True, False),  # PubInfo 0: the public key is told at birth only
        (0x2001, 0x0033, False, False),  # not secret
        (0x2081, 0x003F, False, False),  # not P-256
        (0x2081, 0x0032, False, False),  # not private
    ],
)
def test_policy_decides_who_makes_keys_and_tells_them(slot_config: int, key_config: int, made: bool, told: bool) -> None:
    bench = provisioned({0: slot_config}, {0: key_config})
    assert isinstance(bench.call(GENKEY, 0x04, 0), bytes) == made
    assert isinstance(bench.call(GENKEY, 0x00, 0), bytes) == told


def test_before_the_data_lock_writeconfig_and_pubinfo_do_not_hold() -> None:
    bench = provisioned({0: 0x8081}, {0: 0x0031}, lock_data=False)
    assert bench.get(GENKEY, 0x04, 0) == bench.get(GENKEY, 0, 0)


def test_an_empty_slot_has_no_valid_key() -> None:
    bench = Bench(setups.tls_client(keys=False))
    bench.wake()
    assert bench.get(INFO, 1, 0) == bytes(4)
    assert bench.call(GENKEY, 0, 0) == Status.EXECUTION
    bench.call(GENKEY, 4, 0)
    assert bench.get(INFO, 1, 0) == b"\1\0\0\0"


# Sign and Verify


def test_signatures_verify_and_differ_each_time() -> None:
    bench = provisioned()
    public, signatures = bench.get(GENKEY, 0, 0), set()
    for _ in range(3):
        load(bench)
        signatures.add(bench.get(SIGN, EXTERNAL, 0))
    assert len(signatures) == 3
    assert all(verifies(public, DIGEST, signature) for signature in signatures)


@pytest.mark.parametrize("p1", [0x01 | EXTERNAL, 0x20, 0xC0])
def test_rejects_modes_that_sign_has_not(p1: int) -> None:
    bench = provisioned()
    load(bench)
    assert bench.call(SIGN, p1, 0) == Status.PARSE


def test_an_internal_signature_covers_where_tempkey_came_from() -> None:
    bench = provisioned({1: 0x2082})
    for p1 in (INTERNAL, 0x40):
        random = bench.get(NONCE, 0, 0, bytes(20))
        tempkey = sha256(random + bytes(20) + b"\x16\0\0").digest()
        bench.call(GENDIG, 2, 5)
        tempkey = sha256(bytes([5]) * 32 + b"\x15\x02\x05\x00" + SN_PART + bytes(25) + tempkey).digest()
        signature = bench.get(SIGN, p1, 1)
        serial = SN[8:] + SN[4:8] + SN[:4] if p1 else SN[8:] + bytes(4) + SN[:2] + bytes(2)
        message = tempkey + bytes([SIGN, p1, 1, 0]) + bytes.fromhex("8f80 3c00 25 0000") + serial + bytes([1, 0, 0])
        assert len(message) == 55
        assert verifies(bench.get(GENKEY, 0, 1), sha256(message).digest(), signature)


def test_rejects_an_internal_signature_over_what_the_host_chose() -> None:
    bench = provisioned({1: 0x2083})
    load(bench)
    assert bench.call(SIGN, INTERNAL, 1) == Status.EXECUTION
    load(bench)
    assert len(bench.get(SIGN, EXTERNAL, 1)) == 64


@pytest.mark.parametrize("locked", [False, True])
def test_internal_signatures_begin_with_the_data_lock(locked: bool) -> None:
    bench = provisioned({1: 0x2082}, lock_data=locked)
    load(bench)
    bench.call(GENKEY, 0x08, 1)
    assert isinstance(bench.call(SIGN, INTERNAL, 1), bytes) == locked


@pytest.mark.parametrize("spoil", ["digest", "r", "s", "key", "nothing"])
def test_verifies_external_keys(spoil: str) -> None:
    bench = provisioned()
    signature, public, digest = bytearray(sign(PEER, DIGEST)), public_of(PEER), DIGEST
    if spoil == "digest":
        digest = bytes(32)
    elif spoil == "r":
        signature[5] ^= 1
    elif spoil == "s":
        signature[40] ^= 1
    elif spoil == "key":
        public = public_of(PEER + 1)
    load(bench, digest)
    expected = Status.SUCCESS if spoil == "nothing" else Status.MISMATCH
    assert bench.call(VERIFY, 2, 4, bytes(signature) + public) == expected


def test_rejects_a_public_key_off_the_curve() -> None:
    bench = provisioned()
    load(bench)
    assert bench.call(VERIFY, 2, 4, sign(PEER, DIGEST) + bytes(64)) == Status.EXECUTION
    assert bench.call(ECDH, 0, 2, b"\1" * 64) == Status.EXECUTION


def test_a_signature_of_zero_or_the_order_is_no_signature() -> None:
    bench = provisioned()
    for value in (bytes(32), ORDER.to_bytes(32, "big"), b"\xff" * 32):
        load(bench)
        assert bench.call(VERIFY, 2, 4, value + value + public_of(PEER)) == Status.MISMATCH


def test_a_stored_key_verifies_and_then_authorises_others() -> None:
    bench = provisioned({}, {0: 0x0033 | 0x80 | 9 << 8})
    store_public(bench.memory, 9, public_of(PEER))
    load(bench)
    assert bench.call(SIGN, EXTERNAL, 0) == Status.EXECUTION
    load(bench)
    assert bench.call(VERIFY, 0, 9, sign(PEER, DIGEST)) == Status.SUCCESS
    assert bench.get(INFO, 2)[1] & 0x7C == 9 << 3 | 4
    load(bench)
    assert len(bench.get(SIGN, EXTERNAL, 0)) == 64
    load(bench)
    assert bench.call(SIGN, EXTERNAL, 0) == Status.EXECUTION  # the proof served once


def test_checkmac_authorises_too_and_sleep_ends_it() -> None:
    bench = provisioned({}, {0: 0x0033 | 0x80 | 5 << 8})
    for sleeps in (False, True):
        answer = bench.get(MAC, 0, 5, bytes(32))
        assert bench.call(CHECKMAC, 0, 5, bytes(32) + answer + b"\x08\x00\x05\x00" + bytes(9)) == Status.SUCCESS
        if sleeps:
            bench.bus.writeto(0x60, b"\1")
            bench.wake()
        load(bench)
        assert isinstance(bench.call(SIGN, EXTERNAL, 0), bytes) != sleeps


def test_reqrandom_asks_for_a_nonce_of_the_chip() -> None:
    bench = provisioned({}, {5: 0x003C | 0x40})
    load(bench)
    assert bench.call(GENDIG, 2, 5) == Status.EXECUTION
    bench.call(NONCE, 0, 0, bytes(20))
    assert bench.call(GENDIG, 2, 5) == Status.SUCCESS


# Validated public keys


def validated_pair(mark: int = 0xA0) -> Bench:
    """Slot 11: a public key that slot 9's owner must validate."""
    bench = provisioned({11: 0x0009}, {11: 0x0032})
    store_public(bench.memory, 9, public_of(PEER))
    store_public(bench.memory, 11, public_of(77), mark)
    return bench


def validation(bench: Bench, mode: int) -> bytes:
    """Load TempKey with the digest of slot 11's key, and return the data of Verify(Validate or Invalidate)."""
    random = bench.get(NONCE, 0, 0, bytes(20))
    tempkey = sha256(random + bytes(20) + b"\x16\0\0").digest()
    assert bench.call(GENKEY, 0x10, 11) == Status.SUCCESS
    tempkey = sha256(tempkey + b"\x40\x10\x0b\x00" + SN_PART + bytes(25) + public_of(77)).digest()
    other = bytes([0, 9, 0, *bytes(4), 0x40, 0, 0, *bytes(4), *bytes(3), mode >> 2, 0])
    message = tempkey + b"\x41" + other[:10] + SN[8:] + other[10:14] + SN[:2] + other[14:]
    return sign(PEER, sha256(message).digest()) + other


def test_a_public_key_is_validated_and_invalidated_by_its_parent() -> None:
    bench = validated_pair()
    signature = sign(77, DIGEST)
    load(bench)
    assert bench.call(VERIFY, 0, 11, signature) == Status.EXECUTION
    assert bench.call(VERIFY, 3, 11, validation(bench, 3)) == Status.SUCCESS
    assert bench.memory.slots[11][0] == 0x50
    assert bench.get(INFO, 1, 11)[0] == 1
    load(bench)
    assert bench.call(VERIFY, 0, 11, signature) == Status.SUCCESS
    assert bench.call(VERIFY, 7, 11, validation(bench, 7)) == Status.SUCCESS
    assert bench.memory.slots[11][0] == 0xA0


def test_rejects_a_validation_of_another_key_or_mode() -> None:
    bench = validated_pair()
    data = validation(bench, 3)
    assert bench.call(VERIFY, 7, 11, data) == Status.EXECUTION
    data = bytearray(validation(bench, 3))
    data[0] ^= 1
    assert bench.call(VERIFY, 3, 11, bytes(data)) == Status.MISMATCH
    assert bench.memory.slots[11][0] == 0xA0


def test_a_write_makes_a_validated_key_invalid() -> None:
    bench = validated_pair(mark=0x50)
    assert bench.get(INFO, 1, 11)[0] == 1
    assert bench.call(WRITE, BLOCK | DATA, 11 << 3, b"\x53" * 32) == Status.SUCCESS
    assert bench.memory.slots[11][0] == 0xA3
    bench = provisioned({11: 0x1009}, {11: 0x0032})
    store_public(bench.memory, 11, public_of(77), 0x50)
    assert bench.call(WRITE, BLOCK | DATA, 11 << 3, bytes(32)) == Status.EXECUTION  # PubInvalid


def test_a_certificate_that_the_chip_hashed_validates_its_key() -> None:
    config = bytearray(setups.tls_client().config)
    config[92 + 1] = 3 << 4 | 1  # template 1: 3 blocks, the key in block 1
    bench = provisioned()
    bench.chip.memory.config[:] = config
    bench.chip.memory.config[20 + 22 : 22 + 22] = b"\x09\x00"
    bench.chip.memory.config[96 + 22 : 98 + 22] = (0x4032).to_bytes(2, "little")
    store_public(bench.memory, 9, public_of(PEER))
    store_public(bench.memory, 11, public_of(77), 0xA0)
    before, after = b"b" * 64, b"a" * 64
    signature = sign(PEER, sha256(before + public_of(77) + after).digest())
    for order, expected in (("right", Status.SUCCESS), ("wrong", Status.EXECUTION)):
        bench.call(SHA, 0)
        if order == "right":
            bench.call(SHA, 1, 64, before)
        bench.call(SHA, 3, 11)
        bench.call(SHA, 1, 64, after)
        if order == "wrong":
            bench.call(SHA, 1, 64, before)
        bench.call(SHA, 2, 0)
        assert bench.call(VERIFY, 1, 11, signature) == expected
    assert bench.memory.slots[11][0] == 0x50


# ECDH


def test_agreed_secrets_are_the_peers() -> None:
    bench = provisioned()
    ours = bench.get(GENKEY, 0x04, 2)
    secret = bench.get(ECDH, 0, 2, public_of(PEER))
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + ours)
    assert secret == ec.derive_private_key(PEER, ec.SECP256R1()).exchange(ec.ECDH(), point)
    assert bench.bus.recording.carries(secret)


def test_readkey_bit_3_keeps_the_secret_inside() -> None:
    bench = Bench(setups.tls_client(protect_ecdh=True))
    bench.wake()
    assert bench.call(ECDH, 0, 2, public_of(PEER)) == Status.SUCCESS
    secret = bytes(bench.memory.slots[3][:32])
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + public_of(private(bench, 2)))
    assert secret == ec.derive_private_key(PEER, ec.SECP256R1()).exchange(ec.ECDH(), point)
    assert not bench.bus.recording.carries(secret)
    odd = provisioned({1: 0x208C})
    assert odd.call(ECDH, 0, 1, public_of(PEER)) == Status.EXECUTION


# Keys from outside


def test_privwrite_in_clear_ends_with_the_data_lock() -> None:
    key = bytes(4) + PEER.to_bytes(32, "big")
    bench = provisioned(lock_data=False)
    assert bench.call(PRIVWRITE, 0, 0, key + bytes(32)) == Status.SUCCESS
    assert bench.get(GENKEY, 0, 0) == public_of(PEER)
    assert bench.call(PRIVWRITE, 0, 0, bytes(68)) == Status.EXECUTION
    assert provisioned({0: 0x4081}).call(PRIVWRITE, 0, 0, key + bytes(32)) == Status.EXECUTION


def test_encrypted_privwrite_takes_the_right_session_key_and_mac_only() -> None:
    bench = provisioned({0: 0x6681}, lock_data=True)
    plain = bytes(4) + PEER.to_bytes(32, "big")
    for key, spoil, expected in ((6, 0, Status.SUCCESS), (6, 1, Status.EXECUTION), (5, 0, Status.EXECUTION)):
        load(bench)
        bench.call(GENDIG, 2, key)
        session = sha256(bytes([key]) * 32 + bytes([GENDIG, 2, key, 0]) + SN_PART + bytes(25) + DIGEST).digest()
        stream = session + sha256(session).digest()[:4]
        hidden = bytes(a ^ b for a, b in zip(plain, stream, strict=True))
        mac = sha256(session + bytes([PRIVWRITE, ENCRYPTED, 0, 0]) + SN_PART + bytes(21) + plain).digest()
        assert bench.call(PRIVWRITE, ENCRYPTED, 0, hidden + mac[:-1] + bytes([mac[-1] ^ spoil])) == expected
    assert bench.get(GENKEY, 0, 0) == public_of(PEER)


def test_derivekey_makes_a_child_of_its_parent_and_checks_the_mac() -> None:
    bench = provisioned({7: 0xB68F})  # create from slot 6, MAC required
    frame = bytes([DERIVEKEY, 4, 7, 0]) + SN_PART
    mac = sha256(bytes([6]) * 32 + frame).digest()
    load(bench)
    assert bench.call(DERIVEKEY, 4, 7) == Status.EXECUTION
    load(bench)
    assert bench.call(DERIVEKEY, 4, 7, mac) == Status.SUCCESS
    assert bench.memory.slots[7][:32] == sha256(bytes([6]) * 32 + frame + bytes(25) + DIGEST).digest()


# ATECC608A


def test_608_says_what_it_is_and_lacks_hmac_and_pause() -> None:
    bench = provisioned(kind=Atecc608a)
    assert bench.get(INFO).hex() == "00006002"
    load(bench)
    assert bench.call(0x11, 4, 5) == Status.PARSE
    assert bench.call(0x01, 0) == Status.PARSE
    assert bench.call(0x77, 0x3B) == Status.SUCCESS


@pytest.mark.parametrize("lose", ["sleep", "random", "nothing"])
def test_608_forgets_an_ephemeral_key_with_tempkey(lose: str) -> None:
    bench = provisioned(kind=Atecc608a)
    ours = bench.get(GENKEY, 0x04, 0xFFFF)
    if lose == "sleep":
        bench.bus.writeto(0x60, b"\1")
        bench.wake()
    elif lose == "random":
        bench.get(0x1B)
    answer = bench.call(ECDH, 0x0D, 0, public_of(PEER))
    if lose != "nothing":
        assert answer == Status.EXECUTION
        return
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + ours)
    assert answer == ec.derive_private_key(PEER, ec.SECP256R1()).exchange(ec.ECDH(), point)
    assert bench.call(ECDH, 0x0D, 0, public_of(PEER)) == Status.EXECUTION  # it served once


def test_608_does_not_encrypt_without_an_io_protection_key() -> None:
    bench = provisioned(kind=Atecc608a)
    bench.get(GENKEY, 0x04, 0xFFFF)
    assert bench.call(ECDH, 0x0F, 0, public_of(PEER)) == Status.EXECUTION
