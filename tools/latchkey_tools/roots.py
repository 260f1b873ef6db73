"""Which root a server needs: looked for among public roots, or in a bundle of one's own."""

import ssl
import warnings
from pathlib import Path

from cryptography import x509
from cryptography.utils import CryptographyDeprecationWarning

from . import path
from .output import Wrong

_USUAL = (Path("/etc/ssl/certs/ca-certificates.crt"), Path("/etc/pki/tls/certs/ca-bundle.crt"), Path("/etc/ssl/cert.pem"))


def bundle(given: Path | None) -> tuple[Path, list[x509.Certificate]]:
    """The file of roots, and those in it; without a name the system's."""
    usual = [Path(found) for found in (ssl.get_default_verify_paths().cafile,) if found]
    places = [given] if given else [*usual, *_USUAL]
    for file in places:
        if file.is_file():
            try:
                with warnings.catch_warnings():  # some public roots have a serial number of 0: nothing that a person here could change
                    warnings.simplefilter("ignore", CryptographyDeprecationWarning)
                    return file, x509.load_pem_x509_certificates(file.read_bytes())
            except ValueError:
                raise Wrong(f"{file}: no certificates in PEM") from None
    if given:
        raise Wrong(f"{given} is not there")
    raise Wrong("this computer has no bundle of public roots: name one by --roots FILE (curl's cacert.pem, certifi's)")


def needed(chain: tuple[bytes, ...], roots: list[x509.Certificate]) -> tuple[x509.Certificate | None, x509.Certificate]:
    """The root of a server's chain, None if it is none of these, and the last certificate of the chain that was sent."""
    sent = path.ordered([x509.load_der_x509_certificate(der) for der in chain])
    return path.root_of(sent, roots), sent[-1]
