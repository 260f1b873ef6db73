"""Trust anchors in memory, and files of them that are searched without being loaded.

An anchor is a subject, a key, name constraints, and the bounds that its certificate sets (anchor.py); one given as name and key has none.
In memory it takes about 250 bytes beyond its key (65 bytes for P-256, 256 for RSA-2048), in a file (store_file.py) nothing but its path.
"""

from hashlib import sha256

from latchkey.errors import Fault

_TRUST_FORMAT = const(589)


class TrustStore:
    """Anchors, found by the SHA-256 of their subject's DER."""

    def __init__(self):
        self.anchors = []  # (SHA-256 of the subject + bounds + SHA-256 of the key's DER, public key, NameConstraints or None, name)
        self.files = []
        self._fingerprint = bytes(32)
        self.constrained = False  # whether any anchor may have name constraints

    def add(self, data):
        """Add certificates: PEM (any number, text around them is ignored) or DER (one), in bytes or text. Returns how many were added.

        Anchors whose key can not be used here are left out, which only narrows what is trusted; Fault if nothing is left.
        """
        from latchkey.x509.anchor import add_certificates

        return add_certificates(self, data)

    def add_file(self, path):
        """Add the anchors in the file at `path`: a compact file, or certificates in PEM, read one at a time, or DER."""
        from latchkey.x509.anchor import add_file

        return add_file(self, path)

    def add_anchor(self, subject, spki, constraints=None, name=""):
        """Add an anchor by the DER of its subject, SubjectPublicKeyInfo and NameConstraints: a CA without any other bounds."""
        from latchkey.x509.anchor_record import UNBOUNDED, add

        add(self, sha256(subject).digest(), spki, constraints, name, UNBOUNDED)

    def find(self, subject):
        """The anchors with this SHA-256 of the subject: `(public key, NameConstraints or None, name, SHA-256 of the key's DER, bounds)`."""
        found = [anchor for anchor in self.anchors if anchor[0].startswith(subject)]
        for file in self.files:
            try:
                found += file.find(subject)
            except (Fault, ValueError, OSError):  # damaged, or gone
                raise Fault(_TRUST_FORMAT, file.path)
        return [(key, constraints, name, head[80:], head[32:80]) for head, key, constraints, name in found]

    def fingerprint(self):
        """32 bytes that change with what is trusted."""
        return self._fingerprint

    def mix(self, data):
        """`data` are trusted now, too."""
        self._fingerprint = sha256(self._fingerprint + data).digest()
