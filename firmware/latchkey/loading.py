"""What `SSLContext.load_verify_locations` and `load_cert_chain` do: loaded for them, dropped with the readers of files in a short heap."""

from latchkey import packing
from latchkey.errors import Fault, error_of, text


def anchors(context, cafile, cadata):
    """More trust anchors for a context."""
    from latchkey.x509.pem import is_path
    from latchkey.x509.trust import TrustStore

    good = cadata is None or ("-----" in cadata if isinstance(cadata, str) else isinstance(cadata, (bytes, bytearray, memoryview)))
    if not good or (cafile is None and cadata is None) or not (cafile is None or is_path(cafile)):
        raise ValueError(text("arguments").no_certificates(cafile, cadata, is_path))
    trust = context._trust or TrustStore()
    try:
        if cafile is not None:
            trust.add_file(cafile)
        if cadata is not None:
            trust.add(cadata)
    except Fault as fault:
        raise error_of(fault)
    except OSError as e:
        raise OSError(e.errno, text("arguments").unreadable("cafile", cafile))
    context._trust = trust  # not before it has an anchor


def identity(context, certfile, keyfile):
    """The identity of a context."""
    from latchkey.crypto import room

    packed = packing.begin(context.frugal)
    try:
        from latchkey.crypto.job import run
        from latchkey.identity_files import load

        room.lend(room.Room(context._idle))
        made = run(load(certfile, keyfile, context))
        kind = made.public_key[0]
        if context.identity is None or context.identity.public_key[0] == kind:
            context.identity = made
        else:
            context._identities = tuple([other for other in context._identities if other.public_key[0] != kind]) + (made,)
    except Fault as fault:
        raise error_of(fault)
    finally:
        room.lend(None)
        if packed:
            packing.end()
    if context.frugal:
        try:
            from latchkey.release import after

            after("certificate", "signatures")
        except MemoryError:
            pass  # then they stay
