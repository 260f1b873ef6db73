"""Trust anchors in memory, and files of them that are searched without being loaded.

An anchor is a subject, a key and name constraints. In memory it costs about 150 bytes beyond its SubjectPublicKeyInfo (91 bytes for P-256,
294 for RSA-2048). A compact file (store_file.py, made by `truststore.py`) costs nothing but its path.
"""

from hashlib import sha256

from micropython import const

from latchkey.errors import Fault

_KEY_ALGORITHM = const(523)
_KEY_RSA_SIZE = const(524)
_TRUST_FORMAT = const(589)
_TRUST_EMPTY = const(590)

_MOST_RSA_BITS = const(8192)


class TrustStore:
    """Anchors, found by the SHA-256 of their subject's DER."""

    def __init__(self):
        self._anchors = []  # (SHA-256 of the subject, SubjectPublicKeyInfo, NameConstraints or None, name)
        self._files = []
        self._fingerprint = bytes(32)

    def add(self, data):
        """Add certificates: PEM (any number, text around them is ignored) or DER (one), in bytes or text. Returns how many were added.

        Anchors whose key can not be used here are left out, which only narrows what is trusted; Fault if nothing is left.
        """
        from latchkey.x509.pem import blocks

        return self._add_all(blocks(data, (b"CERTIFICATE",)))

    def add_file(self, path):
        """Add the anchors in the file at `path`: a compact file, or certificates in PEM, read one at a time, or DER."""
        with open(path, "rb") as file:
            start = file.read(8)
            file.seek(0)
            if start == b"latchkey":
                from latchkey.x509.store_file import StoreFile

                store = StoreFile(path, file)
                self._files.append(store)
                self._mix(store.digest)
                return store.count
            if start[:1] == b"\x30":
                return self.add(file.read())
            from latchkey.x509.pem import stream_blocks

            return self._add_all(stream_blocks(file, (b"CERTIFICATE",)))

    def add_anchor(self, subject, spki, constraints=None, name=""):
        """Add an anchor by the DER of its subject, SubjectPublicKeyInfo and NameConstraints."""
        self._add((sha256(subject).digest(), spki, constraints, name))

    def find(self, subject):
        """The anchors with this SHA-256 of the subject: a list of `(public key, NameConstraints or None, name, SHA-256 of its DER)`."""
        found = []
        for anchor in self._anchors:
            if anchor[0] == subject:
                found.append(_entry(*anchor[1:]))
        for file in self._files:
            try:
                for record in file.find(subject):
                    found.append(_entry(*record))
            except (Fault, ValueError, OSError):  # damaged, or gone
                raise Fault(_TRUST_FORMAT, file.path)
        return found

    def fingerprint(self):
        """32 bytes that change with what is trusted."""
        return self._fingerprint

    def _add_all(self, certificates):
        from latchkey.x509.anchor import from_certificate

        count = left_out = 0
        reason = None
        try:
            for der in certificates:
                try:
                    self._add(from_certificate(der))
                    count += 1
                except Fault as fault:
                    if fault.cause not in (_KEY_ALGORITHM, _KEY_RSA_SIZE):
                        raise ValueError
                    reason = fault
                    reason.detail = count + left_out
                    left_out += 1
        except ValueError:
            raise Fault(_TRUST_FORMAT, count + left_out)
        if not count:
            raise reason or Fault(_TRUST_EMPTY)
        return count

    def _add(self, anchor):
        _entry(*anchor[1:])  # its key must be one that can be used
        if anchor not in self._anchors:
            self._anchors.append(anchor)
            self._mix(anchor[0] + anchor[1] + (anchor[2] or b""))

    def _mix(self, data):
        self._fingerprint = sha256(self._fingerprint + data).digest()


def _entry(spki, constraints, name):
    from latchkey.x509 import signature
    from latchkey.x509.der import Reader

    return signature.public_key(Reader(spki), _MOST_RSA_BITS), constraints, name, sha256(spki).digest()
