"""What a chain of certificates proves, once they were all read: see chain.py, which is not needed any more."""

from latchkey.errors import Fault
from latchkey.x509 import signature
from latchkey.x509.peer import Peer

_NO_CERTIFICATE = const(516)
_NO_TRUST = const(569)
_OCSP_MISSING = const(576)

_MUST_STAPLE = const(0x200)  # Certificate.flags
_PINNED = const(0x10000)


def validate(policy, leaf, others, defects, clock, status, leaf_der):
    """A job: the Peer, or a Fault."""
    if leaf is None:
        raise Fault(_NO_CERTIFICATE)
    path = (leaf.name or "leaf",)
    kind, name, next_update, time_verified = "UNVERIFIED", None, False, False
    if policy.verify:
        kind = "PIN"
        if policy.trust is not None or not leaf.flags & _PINNED:
            if policy.trust is None and not policy.pins:
                raise Fault(_NO_TRUST)
            from latchkey.x509 import path as paths

            search = paths.Search(leaf, others, defects, policy, clock)
            yield from search.run()
            name = policy.host if policy.check_hostname else None
            time_verified = clock.verified
            path = tuple([c.name or f"certificate {c.index}" for c in search.path])
            if search.anchor:
                kind = "CHAIN"
            if search.anchor and search.issuer_key:
                path += (search.anchor[2],)
            next_update = yield from _judge_status(policy, leaf, search.issuer_key, clock, status)
        elif policy.ocsp:
            raise Fault(_OCSP_MISSING)  # the issuer, who would vouch for the leaf, is not known
        yield from signature.check(leaf.public_key)
    for_no_name = policy.verify and not policy.check_hostname
    return Peer(kind, name, for_no_name, path, time_verified, leaf.not_after, next_update, leaf_der and bytes(leaf_der))


def _judge_status(policy, leaf, issuer_key, clock, status):
    """A job: the nextUpdate of a good OCSP response, False where none was sent; a Fault where one is required or a bad one was sent."""
    if issuer_key is None:
        return False  # a leaf that is an anchor, where no response is wanted
    if status is None:
        if policy.ocsp or leaf.flags & _MUST_STAPLE:
            raise Fault(_OCSP_MISSING)
        return False
    return (yield from status.verify(leaf, issuer_key, clock, policy.verifier))
