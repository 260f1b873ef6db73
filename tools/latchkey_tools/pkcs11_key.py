"""A CA's key that is in a PKCS#11 module (an HSM, a token, SoftHSM), named by its URI (RFC 7512):

    pkcs11:token=plant;object=ca?module-path=/usr/lib/softhsm/libsofthsm2.so

The module signs; the key stays there. Needs the package python-pkcs11, which `pip install '.[pkcs11]'` brings.
"""

import urllib.parse
from typing import Any, NoReturn

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from .output import Wrong, secret

SCHEME = "pkcs11:"
PIN = "LATCHKEY_PIN"


class Key(ec.EllipticCurvePrivateKey):
    """What `cryptography` signs certificates by; the public key is that of the CA's certificate. A session for each signature: a token
    knows one login at a time."""

    def __init__(self, uri: str, public: ec.EllipticCurvePublicKey) -> None:
        self._uri, self._public = uri, public
        self._named, self._asked = _parsed(uri)

    def sign(self, data: Any, signature_algorithm: ec.EllipticCurveSignatureAlgorithm) -> bytes:
        assert isinstance(signature_algorithm, ec.ECDSA) and isinstance(signature_algorithm.algorithm, hashes.SHA256)
        h = hashes.Hash(hashes.SHA256())
        h.update(data)
        raw = self._signed(h.finalize())
        half = len(raw) // 2
        return encode_dss_signature(int.from_bytes(raw[:half]), int.from_bytes(raw[half:]))

    def _signed(self, digest: bytes) -> bytes:
        """r || s."""
        try:
            import pkcs11
        except ModuleNotFoundError:
            raise Wrong("Python's package python-pkcs11 is missing: pip install '.[pkcs11]' in the clone") from None
        named = self._named
        wanted: dict[str, Any] = {"label": named["object"]} if "object" in named else {}
        if "id" in named:
            wanted["id"] = urllib.parse.unquote_to_bytes(named["id"])
        try:
            token = pkcs11.lib(self._asked["module-path"]).get_token(token_label=named["token"])
            with token.open(user_pin=secret(PIN, f"PIN of the token {named['token']}")) as session:
                inside: Any = session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, key_type=pkcs11.KeyType.EC, **wanted)
                return bytes(inside.sign(digest, mechanism=pkcs11.Mechanism.ECDSA))
        except (pkcs11.PKCS11Error, RuntimeError, OSError) as error:
            raise Wrong(f"{self._uri}: {_named(error)}") from None

    def public_key(self) -> ec.EllipticCurvePublicKey:
        return self._public

    @property
    def curve(self) -> ec.EllipticCurve:
        return self._public.curve

    @property
    def key_size(self) -> int:
        return self._public.key_size

    # What `cryptography` wants of every key, and signing asks of none.

    def exchange(self, algorithm: ec.ECDH, peer_public_key: ec.EllipticCurvePublicKey) -> bytes:
        self._stays()

    def private_numbers(self) -> ec.EllipticCurvePrivateNumbers:
        self._stays()

    def private_bytes(self, encoding: Any, format: Any, encryption_algorithm: Any) -> bytes:
        self._stays()

    def __copy__(self) -> "Key":
        return self

    def __deepcopy__(self, memo: dict) -> "Key":
        return self

    def _stays(self) -> NoReturn:
        raise NotImplementedError("the key is in the module, and stays there")


def _parsed(uri: str) -> tuple[dict[str, str], dict[str, str]]:
    """What names the key, and what says how to reach it. An id stays in percent signs: it is bytes."""
    path, _, query = uri.removeprefix(SCHEME).partition("?")
    named, asked = _pairs(path, ";"), _pairs(query, "&")
    known = {"token", "object", "id", "type"}, {"module-path"}
    for what, allowed in zip((named, asked), known, strict=True):
        if unknown := set(what) - allowed:
            raise Wrong(f"{uri}: {', '.join(sorted(unknown))}: a key is named by token, object or id, and module-path")
    if "token" not in named or not {"object", "id"} & set(named) or "module-path" not in asked:
        raise Wrong(f"{uri}: pkcs11:token=TOKEN;object=KEY?module-path=FILE is wanted")
    return named, asked


def _pairs(text: str, between: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in filter(None, text.split(between)):
        name, _, value = part.partition("=")
        found[name] = value if name == "id" else urllib.parse.unquote(value)
    return found


def _named(error: Exception) -> str:
    """The module's errors are classes whose messages are often empty."""
    said = {
        "NoSuchToken": "there is no such token",
        "NoSuchKey": "the token has no such key on an elliptic curve",
        "MultipleObjectsReturned": "several keys are called so; name its id",
        "MultipleTokensReturned": "several tokens are called so",
        "PinIncorrect": f"the PIN is wrong ({PIN})",
        "PinLocked": "the PIN is locked: too many were wrong",
        "PinLenRange": f"the PIN has another length ({PIN})",
    }
    return said.get(type(error).__name__, f"{type(error).__name__} {error}".strip())
