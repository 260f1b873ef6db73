"""The private key in a file, for who has no certificate for it yet (certificate_request.py)."""

from latchkey.crypto.job import run
from latchkey.errors import Fault, error_of


def read(source):
    """The first private key at a path or in bytes, as `load_cert_chain` reads it; `wipe()` ends it. A TLSError says what is wrong."""
    from latchkey import identity_files

    try:
        return run(identity_files.software_key("keyfile", source, _Context()))
    except Fault as fault:
        raise error_of(fault)


class _Context:
    """Stands for an SSLContext: where the nonces of a key's signatures come from."""

    @property
    def random(self):
        from latchkey import entropy

        return entropy.default()
