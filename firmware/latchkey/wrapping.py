"""What `SSLContext.wrap_socket` does before a handshake begins: what the context was told is looked at, and buffers are found. Loaded for
each connection; with `frugal` it goes as soon as the server has answered.
"""

from latchkey.errors import Fault, error_of, once, text
from latchkey.stream import SSLSocket
from latchkey.tls.connection import Connection
from latchkey.transport import Transport

_CERT_NONE = const(0)

# What an attribute of an SSLContext may be: one of some numbers, an object that has a method of this name, or one of these rules. Behind it
# stands what most of its attributes are, which needs no second look.
_FLAG = const(0)
_CALL = const(1)
_MANY = const(2)
_POSITIVE = const(3)
_WAIT = const(4)
_BITS = const(5)
_OR_NONE = const(8)

_RULES = (
    (_FLAG, False, ("suppress_ragged_eofs", "require_extended_master_secret", "require_secure_renegotiation", "identify_to_unverified")),
    (_FLAG, False, ("check_hostname", "keep_peer_cert", "exporter", "ocsp", "judge_anchor_dates", "frugal")),
    (_CALL, callable, ("now",)),
    (_CALL | _OR_NONE, None, ("progress", "trace")),
    (_MANY, (), ("pins",)),
    (_POSITIVE, 3072, ("most_name_octets",)),
    (_POSITIVE | _OR_NONE, None, ("handshake_timeout", "floor")),
    (_WAIT | _OR_NONE, None, ("timeout",)),
    (_BITS, 8192, ("most_rsa_bits",)),
    ((2, 1, 0), 2, ("verify_mode",)),
    ((0, 1), 0, ("profile",)),
    ("fill", None, ("random",)),
    ("agree", None, ("key_agreement",)),
    ("verify", None, ("verifier",)),
    ("sign", None, ("identity",)),
)

# What a server is judged by, before the trust store and the time: `chain_of` and `resumption.binding` take them in this order.
_JUDGED = (
    "verify_mode",
    "check_hostname",
    "pins",
    "profile",
    "most_rsa_bits",
    "most_name_octets",
    "judge_anchor_dates",
    "ocsp",
    "verifier",
    "floor",
    "keep_peer_cert",
)

_IN_A_CALL = const(313)
_NO_ANCHORS = const(306)
_NO_SERVER_HOSTNAME = const(307)


def wrap(context, sock, server_hostname, suppress_ragged_eofs, session, do_handshake):
    """The connection, before its handshake."""
    _judge(context, server_hostname)
    for name, flag in (("suppress_ragged_eofs", suppress_ragged_eofs), ("do_handshake_on_connect", do_handshake)):
        if not _fits(_FLAG, flag):
            raise ValueError(text("arguments").no_argument(name, flag))
    certified = _certified(context)
    host = _host(context, server_hostname, certified)
    judged = _judged(context)
    if session is not None or context._remembered or context.sessions not in (None, False, True):
        from latchkey.tls.resumption import offer

        session = offer(context, judged, host, session)
    later = session is not None or context._keyed()  # nothing of certificates is needed, unless the server wants that
    chain: Any = (lambda: chain_of(host, judged)) if later else chain_of(host, judged)
    if later:
        name = session.server_name if session is not None else _reference(host) if host else None
    else:
        name = chain.reference and chain.reference.dns
    if not ((hasattr(sock, "write") or hasattr(sock, "send")) and (hasattr(sock, "readinto") or hasattr(sock, "recv"))):
        raise TypeError(text("arguments").no_argument("sock", sock))
    transport = Transport(sock)  # before buffers are chosen: it looks at `sock`, which may be the user's code
    buffers = _free_buffers(context)
    connection = Connection(buffers[0], buffers[1], name)
    connection.host = host
    connection.session = session
    if session is not None or context._resumes():
        connection.judged = judged
    if context._keyed():
        connection.rows = context._offered()
    tls = SSLSocket(transport, context, connection, chain, suppress_ragged_eofs)
    if context.trace:
        connection.trace = tls.traced
    owner, buffers[2] = buffers[2], tls
    if owner is not None:  # dead; or a scheduled function connected anew since the buffers were chosen
        owner.take_over()
    return tls


def _judge(context, server_hostname):
    """ValueError for attributes that make no sense, alone or together, and for a name that is none."""
    for name in context.__dict__:
        if not hasattr(type(context), name):  # on a firmware that asks no `__setattr__` (MICROPY_PY_DELATTR_SETATTR: the smallest ones)
            raise ValueError(text("arguments").no_attribute(type(context), name))
    for rule, usual, names in _RULES:
        for name in names:
            value = getattr(context, name)
            if value is not usual and not _fits(rule, value):
                raise ValueError(text("arguments").no_value(name, value))
    if not (server_hostname is None or isinstance(server_hostname, (str, bytes, bytearray))):
        raise ValueError(text("arguments").no_argument("server_hostname", server_hostname))
    if context.verify_mode == _CERT_NONE and (context.pins or context.ocsp):
        raise ValueError(text("arguments").ignored("pins" if context.pins else "ocsp"))


def _fits(rule, value):
    if isinstance(rule, str):
        return value is None or hasattr(value, rule)
    kind = type(value)
    if isinstance(rule, tuple):
        return kind is int and value in rule
    if rule & _OR_NONE:
        if value is None:
            return True
        rule -= _OR_NONE
    if rule == _CALL:
        return callable(value)
    if rule == _MANY:
        return kind in (list, tuple, set)
    if rule == _FLAG:
        return kind in (bool, int) and value in (0, 1)
    if rule == _BITS:
        return kind is int and 2048 <= value <= 8192
    return kind in (int, float) and (value > 0 or (value == 0 and rule == _WAIT))


def _certified(context):
    """Whether the server may prove itself by a certificate: not where a pre-shared key alone is offered."""
    if context._keyed() or context.psk_identity is not None:
        from latchkey.tls.psk import judge

        return judge(context)
    if context._suites and not context._offered():
        raise ValueError(text("arguments").NO_SUITE)
    return True


def _host(context, name, certified):
    """The name to verify and to send, without a trailing dot."""
    if isinstance(name, (bytes, bytearray)):
        try:
            name = bytes(name).decode()
        except UnicodeError:
            raise ValueError(text("arguments").no_argument("server_hostname", name))
    if name and name.endswith("."):
        name = name[:-1]
    if certified and context.verify_mode != _CERT_NONE:
        if not name and context.check_hostname:
            raise error_of(Fault(_NO_SERVER_HOSTNAME))
        if context._trust is None and not context.pins:
            raise error_of(Fault(_NO_ANCHORS))
    return name or None


def _reference(host):
    """What ClientHello says of a host."""
    try:
        return once("latchkey.x509", "name").Reference(host).dns
    except Fault as fault:
        raise error_of(fault)


def _judged(context):
    """What the server is judged by, as it is now: a context may be changed before its certificates come, or its session is kept."""
    now = context.now()
    if now is not None and context.floor is not None and now < context.floor:
        now = None  # a clock that was never set
    return tuple([getattr(context, name) for name in _JUDGED]) + (context._trust, now)


def chain_of(host, judged):
    """x509's Chain for a server that is judged so."""
    from latchkey.x509 import chain
    from latchkey.x509 import policy as rules

    policy = rules.Policy()
    policy.host = host
    mode, policy.check_hostname, policy.pins, policy.profile, policy.most_rsa_bits, policy.arena = judged[:6]
    policy.judge_anchor_dates, ocsp, policy.verifier, policy.floor, policy.keep_leaf_der, policy.trust, policy.now = judged[6:]
    policy.verify = mode != _CERT_NONE
    policy.most_constraints = 4 * policy.arena
    if ocsp:
        policy.ocsp = rules.OCSP_REQUIRED
    try:
        return chain.Chain(policy)
    except Fault as fault:
        raise error_of(fault)


def _free_buffers(context):
    """Buffers of nobody or of a dead connection, else those of the oldest, which ends; none that a caller of ours works in."""
    while True:
        buffers = _oldest(context)
        owner = buffers[2]
        if owner is not None:
            owner.take_over()  # which closes its transport, whose code may have connected anew
        if buffers[2] is owner:
            context._buffers.remove(buffers)
            context._buffers.append(buffers)
            return buffers


def _oldest(context):
    oldest = None
    for buffers in context._buffers:
        owner = buffers[2]
        if owner is None or (owner.dead and not owner.held()):
            return buffers
        if oldest is None and not owner.held():
            oldest = buffers
    if oldest is None:
        raise error_of(Fault(_IN_A_CALL))
    return oldest
