"""Known answers for `latchkey selftest`, and the pieces of work that `latchkey bench` times: what a board computes, and what is right.

Each is a call of device/selftest.py; the answer stays here, where it is judged. The tests hold the answers against OpenSSL.
"""

from collections.abc import Iterator
from dataclasses import dataclass

_GCM_KEY = "feffe9928665731c6d6a8f9467308308"
_GCM_NONCE = "cafebabefacedbaddecaf888"
_GCM_AAD = "feedfacedeadbeeffeedfacedeadbeefabaddad2"
_GCM_TEXT = "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
_GCM_128 = (
    "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac97"
    "3d58e0915bc94fbc3221a5db94fae95ae7121a47"
)
_GCM_256 = (
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0a"
    "bcc9f66276fc6ece0f4e1768cddf8853bb2d551b"
)
_CHACHA_KEY = "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
_CHACHA_NONCE = "070000004041424344454647"
_CHACHA_AAD = "50515253c0c1c2c3c4c5c6c7"
_CHACHA_TEXT = (
    "4c616469657320616e642047656e746c656d656e206f662074686520636c617373206f66202739393a204966204920636f756c64206f6666"
    "657220796f75206f6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73637265656e20776f756c642062652069"
    "742e"
)
_CHACHA_SEALED = (
    "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b1a71de0a9e060b29"
    "05d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4def08e4b7a9de576d26586cec64b"
    "61161ae10b594f09e26a7e902ecbd0600691"
)
_SEED = "ca851911349384bffe89de1cbdc46e6831e44d34a4fb935ee285dd14b71a7488659ba96c601dc69fc902940805ec0ca8"
_DRAWN = (
    "e528e9abf2dece54d47c7e75e5fe302149f817ea9fb4bee6f4199697d04d5b89d54fbb978a15b5c443c9ec21036d2460b6f73ebad0dc2aba"
    "6e624abf07745bc107694bb7547bb0995f70de25d6b29e2d3011bb19d27676c07162c8b5ccde0668961df86803482cb37ed6d5c0bb8d50cf"
    "1f50d476aa0458bdaba806f48be9dcb8"
)
_P256_OURS = "c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433"
_P256_OUR_POINT = (
    "04dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c37725811805271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3"
)
_P256_THEIRS = (
    "04d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf6356fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab"
)
_P256_SECRET = "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de"
_P384_OURS = "099f3c7034d4a2c699884d73a375a67f7624ef7c6b3c0f160647b67414dce655e35b538041e649ee3faef896783ab194"
_P384_OUR_POINT = (
    "04667842d7d180ac2cde6f74f37551f55755c7645c20ef73e31634fe72b4c55ee6de3ac808acb4bdb4c88732aee95f41aa9482ed1fc0eeb9"
    "cafc4984625ccfc23f65032149e0e144ada024181535a0f38eeb9fcff3c2c947dae69b4c634573a81c"
)
_P384_THEIRS = (
    "04e558dbef53eecde3d3fccfc1aea08a89a987475d12fd950d83cfa41732bc509d0d1ac43a0336def96fda41d0774a3571dcfbec7aacf319"
    "6472169e838430367f66eebe3c6e70c416dd5f0c68759dd1fff83fa40142209dff5eaad96db9e6386c"
)
_P384_SECRET = "11187331c279962d93d604243fd592cb9d0a926f422e47187521287e7156c5c4d603135569b9e9d09cf5d4a270f59746"
_X25519_SCALAR = "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"
_X25519_POINT = "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"
_X25519_SECRET = "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"
_SAMPLE_256 = "af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf"
_SAMPLE_384 = "9a9083505bc92276aec4be312696ef7bf3bf603f4bbd381196a029f340585312313bca4a9b5b890efee42c77b1ee25fe"
_SIGNER_256 = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"
_SIGNER_256_POINT = (
    "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
)
_SIGNED_256 = (
    "3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716022100f7cb1c942d657c41d436c7a1b6e29f65"
    "f3e900dbb9aff4064dc4ab2f843acda8"
)
_SIGNER_384 = "6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d896d5724e4c70a825f872c9ea60d2edf5"
_SIGNER_384_POINT = (
    "04ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64def8f0ea9055866064a254515480bc138015d9b72d7d57"
    "244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd2533264720"
)
_SIGNED_384 = (
    "306602310094edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e80fabe46023100"
    "99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8"
)
_RSA_MODULUS = (
    "a911245a2cfb33d8ee375df9439f74e669c03a8d9acad25bd27acf3cd8bea7eb9dbe470155c7c72782c94861f7b573cd325639fb070e9ba6"
    "e621991aefa45106182e4d264be7068035595d7549052989b3e7fd04cabc94012c1278a0ef8672b1a51dd1a9e276816ba497dea24b4febe3"
    "dd8e977707bcd230ca6fb6f8a8bff9e6ba24fbadcd93f00126b19b396a38e6ef86d18fef945b9154c1963fb488c7025953511f86d05638bf"
    "e056493730bc6778446e59cd3c5c3acf07a0a3a64943793652f10e3292aa7a6d25a03181cc6f6ba0658d909e59ce2a02bacc9766fd8c4fbd"
    "4ed9c23a866844b8a794d49e505f9f944870a71aadbe5338039825c2dff81af3"
)
_RSA_DIGEST = "5447464988bedf5ab8068e0cfd0ea53ae9f0ec7a982f57a5e6cafd3bc1b5f564"
_RSA_SIGNATURE = (
    "794d0a45bc9fc6febb586e319dfa6924c888594802b9deb9668963fdb309bf02817960a7457106fc474f91601436e8954cbb6815350b2c51"
    "b53c968d2c48cc1799550d5d03b41f6e5a8c3c264d2e2fe0b5b8ff53fdcb9dd111c985cb488d7086e6548b4077ec00721c9cb500fe07a031"
    "c2030e8ad1dd0112c34ffd9091d77a187aac8661b298eee39eb615f9715c4c48a6762ede55a466ec7f3cdb6a937cfc80188a85d8f8d3a2a8"
    "0b199ce5e6375af8f02f06d706a34d9cf38318903965db54aaa7d3fa7a7ee58034cd58c8435739c8906366e2ddba293f2fb2c15f07fa4951"
    "014471e7f677d3bdacffc4c68a906e08d68b39f9010746cbacd22980cee73e8d"
)


@dataclass(frozen=True)
class Vector:
    """A piece of work of a name, from a source; what it is called with; the answer in hexadecimal digits."""

    name: str
    source: str
    call: str
    answer: str


def call(function: str, *arguments: str | int | bytes) -> str:
    """A call as device/selftest.py takes one, its function in front: bytes as digits in a list of one."""
    return ", ".join([function, *(repr([one.hex()]) if isinstance(one, bytes) else repr(one) for one in arguments)])


def _bytes(digits: str) -> bytes:
    return bytes.fromhex(digits)


def _sealing(kind: str, key: str, nonce: str, aad: str, text: str) -> str:
    return call("seal", kind, *map(_bytes, (key, nonce, aad, text)))


def _unsealing(kind: str, key: str, nonce: str, aad: str, sealed: str) -> str:
    return call("unseal", kind, *map(_bytes, (key, nonce, aad, sealed)))


def changed(digits: str) -> str:
    """With another last bit."""
    return f"{digits[:-1]}{int(digits[-1], 16) ^ 1:x}"


def _verifying(scheme: int, kind: int, key: str, digest: str, signature: str) -> str:
    return call("verify", scheme, kind, _bytes(key), 65537, _bytes(digest), _bytes(signature))


_YES, _NO = "01", "00"
_ABC = b"abc"
_JEFE, _WANT = b"Jefe", b"what do ya want for nothing?"
_SHA256_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
_SHA384_ABC = "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"
_HMAC_256 = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"

P256_VERIFIED = (_SIGNER_256_POINT, _SAMPLE_256, _SIGNED_256)  # point, digest, signature: a chip verifies them, too

VECTORS = (
    Vector("SHA-256", "FIPS 180-4", call("digest", "sha256", _ABC), _SHA256_ABC),
    Vector("SHA-384", "FIPS 180-4", call("digest", "sha384", _ABC), _SHA384_ABC),
    Vector("HMAC-SHA-256", "RFC 4231 case 2", call("hmac", "sha256", _JEFE, _WANT), _HMAC_256),
    Vector("HMAC_DRBG", "NIST CAVP", call("drbg", _bytes(_SEED), 128), _DRAWN),
    Vector("AES-128-GCM", "GCM specification, case 4", _sealing("AES", _GCM_KEY, _GCM_NONCE, _GCM_AAD, _GCM_TEXT), _GCM_128),
    Vector("AES-128-GCM opened", "the same", _unsealing("AES", _GCM_KEY, _GCM_NONCE, _GCM_AAD, _GCM_128), _GCM_TEXT),
    Vector("AES-128-GCM, a wrong tag", "the same", _unsealing("AES", _GCM_KEY, _GCM_NONCE, _GCM_AAD, changed(_GCM_128)), ""),
    Vector("AES-256-GCM", "GCM specification, case 16", _sealing("AES", _GCM_KEY * 2, _GCM_NONCE, _GCM_AAD, _GCM_TEXT), _GCM_256),
    Vector(
        "ChaCha20-Poly1305",
        "RFC 8439 section 2.8.2",
        _sealing("ChaCha20", _CHACHA_KEY, _CHACHA_NONCE, _CHACHA_AAD, _CHACHA_TEXT),
        _CHACHA_SEALED,
    ),
    Vector("P-256 public key", "RFC 5903 section 8.1", call("public", "p256", _bytes(_P256_OURS)), _P256_OUR_POINT),
    Vector("P-256 key agreement", "RFC 5903 section 8.1", call("shared", "p256", _bytes(_P256_OURS), _bytes(_P256_THEIRS)), _P256_SECRET),
    Vector("P-256 signature", "RFC 6979 A.2.5", call("sign", 23, _bytes(_SIGNER_256), _bytes(_SAMPLE_256)), _SIGNED_256),
    Vector("P-256 verification", "RFC 6979 A.2.5", _verifying(0x0403, 23, *P256_VERIFIED), _YES),
    Vector(
        "P-256, a wrong signature",
        "the same",
        _verifying(0x0403, 23, _SIGNER_256_POINT, _SAMPLE_256, changed(_SIGNED_256)),
        _NO,
    ),
    Vector("P-384 key agreement", "RFC 5903 section 8.2", call("shared", "p384", _bytes(_P384_OURS), _bytes(_P384_THEIRS)), _P384_SECRET),
    Vector("P-384 verification", "RFC 6979 A.2.6", _verifying(0x0503, 24, _SIGNER_384_POINT, _SAMPLE_384, _SIGNED_384), _YES),
    Vector("X25519", "RFC 7748 section 5.2", call("shared", "x25519", _bytes(_X25519_SCALAR), _bytes(_X25519_POINT)), _X25519_SECRET),
    Vector("RSA-2048 verification", "NIST CAVP", _verifying(0x0401, 0, _RSA_MODULUS, _RSA_DIGEST, _RSA_SIGNATURE), _YES),
    Vector(
        "RSA-2048, a wrong signature",
        "the same",
        _verifying(0x0401, 0, _RSA_MODULUS, _RSA_DIGEST, changed(_RSA_SIGNATURE)),
        _NO,
    ),
)

_TIMED = (
    "P-256 public key",
    "P-256 key agreement",
    "P-256 signature",
    "P-256 verification",
    "P-384 key agreement",
    "P-384 verification",
    "X25519",
    "RSA-2048 verification",
)
_KILOBYTE = bytes(1024)


def timed() -> Iterator[tuple[str, str]]:
    """Name and call of each piece of work that is timed."""
    calls = {vector.name: vector.call for vector in VECTORS}
    yield from ((name, calls[name]) for name in _TIMED)
    yield "SHA-256, a KB", call("digest", "sha256", _KILOBYTE)
    yield "SHA-384, a KB", call("digest", "sha384", _KILOBYTE)
    for name, kind, key in (("AES-128-GCM", "AES", 16), ("AES-256-GCM", "AES", 32), ("ChaCha20-Poly1305", "ChaCha20", 32)):
        yield f"{name}, a KB", call("seal", kind, bytes(key), bytes(12), bytes(13), _KILOBYTE)
