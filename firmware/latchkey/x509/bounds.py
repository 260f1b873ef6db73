"""Why an anchor's certificate may not stand above a path: what its bounds (anchor.py) say, loaded where they say anything but yes."""

from binascii import hexlify

from latchkey.errors import Fault

_CA_EXTENDED_KEY_USAGE = const(560)
_PATH_LENGTH = const(563)
_ANCHOR_ALONE = const(592)

_ISSUES = const(1)  # bounds[32]
_SERVERS = const(2)


def judge(anchor, below, clock, policy):
    """Fault unless an anchor, as a TrustStore gives it, may stand above a path with so many CAs."""
    bounds = anchor[4]
    which = "of the trust anchor " + anchor[2]
    if not bounds[32] & _ISSUES:
        raise Fault(_ANCHOR_ALONE, pin_of(anchor))
    if not bounds[32] & _SERVERS:
        raise Fault(_CA_EXTENDED_KEY_USAGE, which)
    if below > bounds[33]:
        raise Fault(_PATH_LENGTH, which)
    if policy.judge_anchor_dates:
        dates = hexlify(bounds[34:])
        clock.judge_dates(dates[:14], dates[14:], which)


def pin_of(anchor):
    """Its name, and what would be its pin."""
    return "{} (pin {})".format(anchor[2], hexlify(anchor[3]).decode())
