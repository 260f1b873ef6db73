"""Rules for a leaf, rules for a CA, and the search for a path from the leaf to an anchor (RFC 5280 section 6).

1. Each certificate is judged by itself: the leaf by `judge_leaf`, the others by `judge_ca`; what fails is no candidate.
2. A leaf that is an anchor's certificate, octet for octet, is accepted as that: nobody's signature is asked for.
3. `Search.run` goes depth first from the leaf, at each step through anchors and then certificates whose subject is the wanted issuer, those
   with the matching key identifier before others. A candidate must not stand in the path already, its path length must allow what
   is below it, and the signature must verify under its key. An anchor's certificate, where it was given as one, must be a CA's and for
   servers, too; two certificates of one name and key are two anchors. There is no recursion; signatures have a budget, and a verdict
   on a signature is kept, so that cross-signed certificates cost time in proportion to their number.
4. A path that reaches an anchor must satisfy the name constraints on it and the pins; else the search goes on.

The fault raised in the end is the one that came nearest to a path.
"""

from latchkey.errors import Fault
from latchkey.x509 import signature

_LEAF_IS_CA = const(544)
_LEAF_KEY_USAGE = const(545)
_LEAF_EXTENDED_KEY_USAGE = const(546)
_LEAF_EXTENDED_KEY_USAGE_MISSING = const(547)
_AUTHORITY_KEY_IDENTIFIER_MISSING = const(548)
_AUTHORITY_KEY_IDENTIFIER_FORM = const(549)
_VERSION_NOT_3 = const(554)
_HOST_MISMATCH = const(539)
_HOST_MISSING = const(540)
_NO_NAMES = const(542)
_NAMES_CRITICALITY = const(543)
_BASIC_CONSTRAINTS_MISSING = const(555)
_BASIC_CONSTRAINTS_NOT_CRITICAL = const(557)
_NOT_A_CA = const(556)
_CA_KEY_USAGE_MISSING = const(559)
_CA_KEY_USAGE = const(558)
_CA_EXTENDED_KEY_USAGE = const(560)
_SUBJECT_KEY_IDENTIFIER_MISSING = const(561)
_KEY_IDENTIFIER_MISMATCH = const(562)
_PATH_LENGTH = const(563)
_UNKNOWN_ISSUER = const(564)
_SELF_SIGNED = const(565)
_SIGNATURE = const(566)
_TOO_COMPLEX = const(567)
_NOT_PINNED = const(568)
_CONSTRAINTS_ON_LEAF = const(570)
_NAMES_NOT_KEPT = const(575)
_OCSP_MISSING = const(576)
_ANCHOR_ALONE = const(592)

_PUBLIC_KEY_INVALID = const(601)  # of crypto

_V3 = const(0x01)  # Certificate.flags
_BASIC = const(0x04)
_BASIC_CRITICAL = const(0x08)
_CA = const(0x10)
_SAN = const(0x20)
_SAN_CRITICAL = const(0x40)
_NO_SUBJECT = const(0x80)
_HOST = const(0x100)
_MUST_STAPLE = const(0x200)
_EKU = const(0x400)
_SERVER_AUTH = const(0x800)
_ANY_USAGE = const(0x1000)
_AKI = const(0x4000)
_AKI_ISSUER = const(0x8000)
_PINNED = const(0x10000)
_CONSTRAINED = const(0x20000)
_ITSELF = const(0x40000)  # set here: the leaf is an anchor

_ISSUES = const(1)  # bounds[32] of an anchor (anchor.py)
_CA_FOR_SERVERS = const(3)

_CERT_SIGN = const(0x20)  # KeyUsage bit 5

_MOST_SIGNATURES = const(32)
_MOST_STEPS = const(512)


def judge_leaf(cert, policy, clock):
    """Fault unless `cert` may be the server's: its dates, its names, what its key may be used for."""
    flags = cert.flags
    private = policy.profile or flags & _ITSELF  # whoever trusts a certificate itself needs no CA's promises about it
    clock.judge(cert)
    if policy.check_hostname:
        if policy.host is None:
            raise Fault(_HOST_MISSING)
        if not flags & _SAN:
            raise Fault(_NO_NAMES, 0)
        if not flags & _HOST:
            from latchkey.x509 import host_names

            raise Fault(_HOST_MISMATCH, "{}, but for {}".format(policy.host, host_names.of(cert)))
    # RFC 5280 section 4.1.2.6; the other way round by the baseline requirements, 7.1.2.7.12
    if (flags & _NO_SUBJECT and not flags & _SAN_CRITICAL) or (flags & _SAN_CRITICAL and not flags & _NO_SUBJECT and not private):
        raise Fault(_NAMES_CRITICALITY, 0)
    if flags & _CA:
        if not private:
            raise Fault(_LEAF_IS_CA, 0)
    else:
        if cert.key_usage is not None and cert.key_usage & _CERT_SIGN:
            raise Fault(_LEAF_KEY_USAGE, 0)
        if flags & _CONSTRAINED:
            raise Fault(_CONSTRAINTS_ON_LEAF, 0)
    if not flags & _EKU:
        if not private:
            raise Fault(_LEAF_EXTENDED_KEY_USAGE_MISSING, 0)
    elif not flags & (_SERVER_AUTH | _ANY_USAGE if private else _SERVER_AUTH):
        raise Fault(_LEAF_EXTENDED_KEY_USAGE, 0)
    if not private:
        _judge_authority_key_identifier(cert)


def judge_ca(cert, policy, clock):
    """Fault unless `cert` may have issued others (RFC 5280 section 6.1.4; baseline requirements 7.1.2.4 and following)."""
    flags = cert.flags
    index = cert.index
    if not flags & _V3:
        raise Fault(_VERSION_NOT_3, index)
    if not flags & _BASIC:
        raise Fault(_BASIC_CONSTRAINTS_MISSING, index)
    if not flags & _CA:
        raise Fault(_NOT_A_CA, index)
    if not flags & _BASIC_CRITICAL:
        raise Fault(_BASIC_CONSTRAINTS_NOT_CRITICAL, index)
    if cert.key_usage is not None and not cert.key_usage & _CERT_SIGN:
        raise Fault(_CA_KEY_USAGE, index)
    # RFC 5280 section 4.2.1.12: what says what it is for is for nothing else, a CA neither, as OpenSSL and others have it
    if flags & _EKU and not flags & (_SERVER_AUTH | _ANY_USAGE):
        raise Fault(_CA_EXTENDED_KEY_USAGE, index)
    if not policy.profile:
        if cert.key_usage is None:
            raise Fault(_CA_KEY_USAGE_MISSING, index)
        if cert.key_identifier is None:
            raise Fault(_SUBJECT_KEY_IDENTIFIER_MISSING, index)
        if cert.subject != cert.issuer:  # a root has none, or its own
            _judge_authority_key_identifier(cert)
    clock.judge(cert)


def _judge_authority_key_identifier(cert):
    """Present, with a key identifier, without issuer and serial number (baseline requirements 7.1.2.11.1)."""
    if not cert.flags & _AKI:
        raise Fault(_AUTHORITY_KEY_IDENTIFIER_MISSING, cert.index)
    if cert.flags & _AKI_ISSUER or cert.authority_key_identifier is None:
        raise Fault(_AUTHORITY_KEY_IDENTIFIER_FORM, cert.index)


class Search:
    """For a path from `leaf` through `others` (Certificates that were judged) to an anchor. `path` and `anchor` are its result.

    `defects`: `(subject or None, cause, detail)` of certificates that are no candidates, to say why a path ended.
    """

    def __init__(self, leaf, others, defects, policy, clock):
        self.path = [leaf]
        self.anchor: Any = None  # (public key, constraints, name, SHA-256 of the key); None where a pinned CA of the peer's was the anchor
        self.issuer_key = None  # None where the leaf itself is the anchor
        self._others = others
        self._defects = defects
        self._policy = policy
        self._clock = clock
        self._named: Any = True  # whether names are still there
        self._verdicts = []
        self._rank = -1
        self._fault: Any = None

    def run(self):
        """A job: judge the leaf and find the path, or raise the Fault that came nearest."""
        path = self.path
        leaf = path[0]
        self.anchor = self._itself(leaf)
        if leaf.flaw and not self.anchor:
            raise Fault(-leaf.flaw, 0)
        if self.anchor:
            leaf.flags |= _ITSELF
            judge_leaf(leaf, self._policy, self._clock)
            return
        known = self._fault
        levels = [self._candidates(leaf)]
        if not levels[0] and leaf.subject == leaf.issuer:
            raise known or Fault(_SELF_SIGNED, 0)  # before lesser reasons: such certificates break several rules
        judge_leaf(leaf, self._policy, self._clock)
        self._forget_names()
        steps = 0
        while levels:
            yield 0
            if not levels[-1]:
                levels.pop()
                path.pop()
                continue
            steps += 1
            if steps > _MOST_STEPS:
                raise Fault(_TOO_COMPLEX)
            candidate = levels[-1].pop(0)
            is_anchor = isinstance(candidate, tuple)
            if not is_anchor and not self._may_follow(candidate):
                continue
            key = candidate[0] if is_anchor else candidate.public_key
            wanted = path[-1].authority_key_identifier
            another = not is_anchor and wanted is not None and candidate.key_identifier != wanted
            if not (yield from self._signed(path[-1], key, 2 if another else 4)):
                continue
            if is_anchor or (self._policy.trust is None and candidate.flags & _PINNED):
                if (yield from self._complete(candidate, is_anchor)):
                    return
            else:
                path.append(candidate)
                levels.append(self._candidates(candidate))
        raise self._fault

    def _itself(self, leaf):
        """The anchor whose certificate the leaf is, if that is enough; None where a pin or an OCSP response is wanted, too."""
        found = None
        if self._policy.trust is not None:
            for anchor in self._policy.trust.find(leaf.subject):
                if anchor[4][:32] == leaf.whole:
                    found = anchor
                elif not anchor[4][32] & _ISSUES:
                    from latchkey.x509 import bounds

                    self._note(1, _ANCHOR_ALONE, bounds.pin_of(anchor))
            leaf.whole = None
        if found and self._policy.pins and not leaf.flags & _PINNED:
            self._note(5, _NOT_PINNED, None)
        elif found and (self._policy.ocsp or leaf.flags & _MUST_STAPLE):
            self._note(5, _OCSP_MISSING, None)  # the issuer, who would vouch for the response, is not known
        else:
            return found
        return None

    def _forget_names(self):
        """Where nothing constrains names, they would only take heap while signatures are verified."""
        certs = [self.path[0]] + self._others
        self._named = (self._policy.trust and self._policy.trust.constrained) or any(cert.flags & _CONSTRAINED for cert in certs)
        if not self._named:
            certs[0].general_names = None
            for cert in certs:
                cert.subject_der = None

    def _candidates(self, cert):
        """Anchors and certificates named as the issuer of `cert`, the likeliest first."""
        found = []
        if self._policy.trust is not None:
            for anchor in self._policy.trust.find(cert.issuer):
                below = self._below()
                try:
                    if anchor[4][32] != _CA_FOR_SERVERS or below > anchor[4][33] or self._policy.judge_anchor_dates:
                        from latchkey.x509 import bounds

                        bounds.judge(anchor, below, self._clock, self._policy)
                    found.append(anchor[:4])
                except Fault as fault:
                    self._note(3, fault.cause, fault.detail)
        at = len(found)
        wanted = cert.authority_key_identifier
        for other in self._others:
            if other.subject == cert.issuer:
                if wanted is not None and other.key_identifier == wanted:
                    found.insert(at, other)
                else:
                    found.append(other)
        for subject, cause, detail in self._defects:
            if subject == cert.issuer or subject is None:
                self._note(1 if subject is None else 3, cause, detail)
        if not found:
            self._no_issuer(cert)
        return found

    def _no_issuer(self, cert):
        if cert.subject == cert.issuer:
            self._note(0, _SELF_SIGNED, f"{cert.index} ({cert.name})")
        else:
            self._note(0, _UNKNOWN_ISSUER, f"{cert.index} ({cert.name}, issued by {cert.issuer_name})")

    def _below(self):
        """How many CAs are in the path so far, but for self-issued ones (RFC 5280 section 4.2.1.9)."""
        return len([cert for cert in self.path if cert.index and cert.subject != cert.issuer])

    def _may_follow(self, candidate):
        """Whether a CA's certificate may stand above the path so far, its signature aside."""
        for cert in self.path:
            if cert.public_key == candidate.public_key and cert.subject == candidate.subject:
                self._no_issuer(self.path[-1])
                return False  # a circle
        if candidate.path_length is not None and self._below() > candidate.path_length:
            self._note(3, _PATH_LENGTH, candidate.index)
            return False
        wanted = self.path[-1].authority_key_identifier
        if not self._policy.profile and wanted is not None and candidate.key_identifier != wanted:
            self._note(2, _KEY_IDENTIFIER_MISMATCH, self.path[-1].index)
            return False
        return True

    def _signed(self, cert, key, rank):
        """A job: whether `key` verifies the signature of `cert`; `rank` of the reason if not."""
        for known, known_key, verdict in self._verdicts:
            if known is cert and known_key == key:
                return verdict
        if len(self._verdicts) == _MOST_SIGNATURES:
            raise Fault(_TOO_COMPLEX)
        try:
            verdict = yield from signature.verify(self._policy.verifier, cert.scheme, key, cert.digest, cert.signature)
        except Fault as fault:
            if fault.cause != _PUBLIC_KEY_INVALID:
                raise  # of a chip that verifies: no one's certificate is to blame
            self._note(rank, fault.cause, cert.index)
            verdict = False
        if not verdict:
            self._note(rank, _SIGNATURE, cert.index)
        self._verdicts.append((cert, key, verdict))
        return verdict

    def _complete(self, last, is_anchor):
        """A job: whether the path, which ends at `last`, satisfies constraints and pins."""
        path = self.path
        pinned = False
        constrained = is_anchor and last[1] is not None
        for cert in path:
            pinned |= cert.flags & _PINNED
            constrained |= cert.flags & _CONSTRAINED
        if is_anchor:
            pinned |= last[3] in self._policy.pins
        else:  # a pinned CA
            pinned = True
            constrained |= last.flags & _CONSTRAINED
        if self._policy.pins and not pinned:
            self._note(5, _NOT_PINNED, None)
            return False
        if constrained:
            from latchkey.x509 import constraints

            try:
                if not self._named:
                    raise Fault(_NAMES_NOT_KEPT, 0)  # a compact file that was changed
                yield from constraints.judge(path, last[1] if is_anchor else last.constraints)
            except Fault as fault:
                self._note(5, fault.cause, fault.detail)
                return False
        if is_anchor:
            self.anchor = last
        else:
            path.append(last)
        self.issuer_key = path[1].public_key if len(path) > 1 else last[0]
        return True

    def _note(self, rank, cause, detail):
        """Remember why the path ended here, unless there is a better reason already."""
        if rank > self._rank:
            self._rank = rank
            self._fault = Fault(cause, detail)
