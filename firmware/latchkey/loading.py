"""What `SSLContext.load_verify_locations` and `load_cert_chain` do: loaded for them, dropped with the readers of files in a short heap."""

import os
import sys

import latchkey
from latchkey import packing
from latchkey.errors import Fault, error_of, text

_NO_ROOT = const(316)
_ROOTS = "latchkey_roots.lk"  # a compact file of public roots, which a user chose to install


def anchors(context, cafile, cadata):
    """More trust anchors for a context."""
    from latchkey.x509.pem import is_path
    from latchkey.x509.trust import TrustStore

    if cadata is None and (isinstance(cafile, (bytes, bytearray, memoryview)) or (isinstance(cafile, str) and "-----" in cafile)):
        cafile, cadata = None, cafile
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


def create_default_context(cafile=None, cadata=None):
    """A context that verifies by the certificates in `cafile` or `cadata`, else by latchkey_roots.lk; as CPython's `ssl` has it."""
    made = latchkey.SSLContext()
    equip(made, cafile, cadata)
    return made


def equip(context, cafile, cadata):
    """Give a context these anchors, else the public roots that lie in a folder of sys.path; without any a sentence."""
    if cafile is None and cadata is None:
        for folder in sys.path:
            path = folder + "/" * bool(folder) + _ROOTS
            try:
                os.stat(path)
                cafile = path
                break
            except OSError:
                pass
        else:
            raise error_of(Fault(_NO_ROOT))
    context.load_verify_locations(cafile, cadata)


def identity(context, certfile, keyfile):
    """The identity of a context."""
    from latchkey.crypto.util import Room, lend

    packed = packing.begin(context.frugal)
    try:
        from latchkey.crypto.job import run
        from latchkey.identity_files import load

        lend(Room(context._idle))
        made = run(load(certfile, keyfile, context))
        kind = made.public_key[0]
        if context.identity is None or context.identity.public_key[0] == kind:
            context.identity = made
        else:
            context._identities = tuple([other for other in context._identities if other.public_key[0] != kind]) + (made,)
    except Fault as fault:
        raise error_of(fault)
    finally:
        lend(None)
        if packed:
            packing.end()
    if context.frugal:
        try:
            from latchkey.release import after

            after("certificate", "signatures")
        except MemoryError:
            pass  # then they stay
