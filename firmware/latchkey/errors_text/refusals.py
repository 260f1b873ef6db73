"""What is behind a fatal alert of the server's, or behind a close without one (None).

Nobody can know why a server refuses: an alert is one number for many reasons. So a sentence states as fact only what we offered and sent,
and calls the rest likely, the most common first. It depends on the situation: "hello" (the server answers our ClientHello; "nameless" if
that had no server name), "flight" (it is amidst its own messages), then whether it asked for a certificate: "none" was sent, or one was
"sent", or it was "unasked", or a pre-shared key was agreed on ("keyed"); and "data". Where the server took up an earlier session it is
"resumed" until we have sealed something, but for what it may say of the certificate that was sent when that session began.
"""

_OF_CERTIFICATES = (40, 41, 42, 43, 44, 45, 46, 48, 49, 116, None)  # for which a client's certificate, or want of one, is a reason
_OF_SESSIONS = (10, 20, 40, 47, 50, 51, 80, None)  # for which an offered session may be one
_GROUPS = {23: "secp256r1", 24: "secp384r1", 29: "x25519"}

_DEMANDS = "it demands a certificate"
_OTHER_KEY = "it has another key than ours for our identity, or none"
_BETWEEN = "a box between (a proxy, a firewall) that changes the handshake; or a fault of either side, of which its log tells more"
_KEYS = "it could not open what we sealed: " + _BETWEEN
_OWN = "a fault of its own, of which its log tells: its configuration, its certificate and key, want of memory"
_ALIEN = "a fault of its own: latchkey does nothing that this alert is for"
_TOOK_UP = "it can't go on with that session, which is given up: the next connection has a full handshake; or " + _BETWEEN
_OFFERED = "it does not bear the session that was offered, which is given up: the next connection has a full handshake; or "
_EARLY = (("hello", _OWN), ("flight", _OWN))  # before we sealed or signed anything

# (situation, what is likely), the first that fits; "" fits all.
_LIKELY = {
    None: (
        ("hello", "the port speaks no TLS; or it shares nothing of this and does not say so; or a firewall between"),
        ("none", _DEMANDS),
        ("sent", "it does not accept our certificate"),
        ("keyed", _OTHER_KEY),
        ("", _OWN + "; or the link broke"),
    ),
    10: (
        ("hello", "the port does not begin with TLS (STARTTLS comes first there), or is another service's"),
        ("data", "a fault of its own; or a record that was repeated on the way"),
        ("", _BETWEEN),
    ),
    20: _EARLY
    + (
        ("data", "a record was changed, lost or repeated on the way: a transport that is not reliable (a UART without flow control)"),
        ("keyed", _OTHER_KEY),
        ("", _KEYS),
    ),
    22: _EARLY + (("", "a record of ours is longer than it takes: give the context a smaller send_buffer"),),
    40: (
        (
            "nameless",
            "it shares none of these suites: other ciphers, or a key of another kind in its certificate; or it wants a server name",
        ),
        (
            "hello",
            "it shares none of these suites: other ciphers, or a key of another kind in its certificate; or none of the groups or signature "
            "schemes; or it does not serve this name",
        ),
        ("flight", _OWN),
        ("none", _DEMANDS),
        ("sent", "it does not accept our certificate, and its log says why: an unknown issuer, its dates, a name that is not allowed"),
        ("keyed", _OTHER_KEY),
        ("", _BETWEEN),
    ),
    42: (
        ("none", _DEMANDS),
        (
            "sent",
            "our certificate is not registered or not active there; or not yet valid by its clock; or its extendedKeyUsage lacks "
            "clientAuth; or it can't verify a signature in the chain",
        ),
    ),
    43: (
        ("none", _DEMANDS),
        (
            "sent",
            "our certificate is not for clients: its extendedKeyUsage lacks clientAuth; or its key or signature is of a kind it lacks",
        ),
    ),
    44: (("sent", "our certificate, or one above it, was revoked"),),
    45: (("sent", "our certificate, or one above it, has expired; or the server's clock is wrong"),),
    46: (
        ("none", _DEMANDS),
        ("sent", "our certificate is not registered or not active there; or any other reason: the server says no more"),
    ),
    47: (
        ("hello", "a field of our ClientHello that it does not bear: record limits, where receive_buffer is below 16384; or the name"),
        ("", _BETWEEN),
    ),
    48: (
        ("none", _DEMANDS),
        ("sent", "it lacks the CA that issued our certificate; or the chain that was loaded lacks an intermediate between the two"),
    ),
    49: (
        ("none", _DEMANDS),
        (
            "sent",
            "a rule of the server's about our certificate's name, or its account; or it does not accept it at all: its issuer, its dates",
        ),
    ),
    50: (("sent", "it could not read our certificate; or " + _BETWEEN), ("", "it could not read a message of ours: " + _BETWEEN)),
    51: _EARLY
    + (
        ("sent", "it could not verify our signature, or one in our chain, or our Finished: " + _BETWEEN),
        ("keyed", _OTHER_KEY),
        ("data", _KEYS),
        ("", "it could not verify our Finished: " + _BETWEEN),
    ),
    70: (("", "it has no TLS 1.2: 1.3 alone, or older versions alone"),),
    71: (("", "it demands stronger suites or groups than these"),),
    80: (("sent", _OWN + "; or our certificate, on which it failed"), ("", _OWN)),
    90: (("", "somebody stopped it"),),
    109: (("nameless", "it wants a server name"), ("", "it wants an extension that was not offered")),
    110: (("hello", "it does not bear an extension of our ClientHello"), ("", _OWN)),
    112: (
        ("nameless", "it wants a server name: connect by one, an address has none"),
        ("", "it does not serve this name: a wrong server_hostname, or a server that is not set up for it"),
    ),
    115: (("", "it does not know our identity"),),
    116: (("none", _DEMANDS), ("sent", "it does not count our certificate as one")),
    120: (("", "it wants a protocol by ALPN, and none that it has was offered (context.set_alpn_protocols)"),),
}
_SAME = {21: 20, 41: 116, 30: 22, 117: 80}  # older or vaguer names for the same


def explain(alert, stage, offer="", name=True, asked=False, sent=False, note="", keyed=False, session=False, resumed=False):
    """What we had done, and what is likely.

    `stage`: where it came; `offer`: what our ClientHello offered; `name`: whether a server name was among that; `asked`, `sent`: a
    certificate; `note`: why none, or what of it (client_auth.py); `keyed`: a suite with a pre-shared key was picked; `session`:
    an earlier one was offered, `resumed`: and taken up, so that of certificates what is told is of its beginning.
    """
    situation = _situation(alert, stage, name, asked, sent, resumed)
    if keyed and situation == "unasked":
        situation = "keyed"
    then = " when the session began" if resumed else ""
    done = ""
    if situation in ("hello", "nameless"):
        done = "it was offered " + offer + (", an earlier session; " if session else "; ")
    elif situation == "resumed":
        done = "it took up our earlier session, and nothing was sent since; "
    elif situation == "none":
        done = "it asked for a certificate" + then + " and none was sent" + (": " + note if note else "") + "; "
    elif situation == "sent":
        done = "our certificate was sent" + then + (", though " + note if note else "") + "; "
    elif situation == "keyed":
        done = "our identity was sent, and what our pre-shared key made; "
    elif situation == "unasked":
        done = "it asked for no certificate, and none was sent; "
    first = ""
    if session and situation in ("hello", "nameless") and alert in _OF_SESSIONS:
        first = _OFFERED
    elif situation == "sent" and note and alert in (40, 42, 46, 49):
        first = "it does not know the issuer; or "
    elif situation == "none" and alert in (10, 50, 80):  # GnuTLS says decode_error of an empty Certificate
        first = _DEMANDS + "; or "
    return done + "likely " + (_TOOK_UP if situation == "resumed" else first + _likely(alert, situation))


def _situation(alert, stage, name, asked, sent, resumed):
    if stage in ("client_hello", "server_hello"):
        return "hello" if name else "nameless"
    if stage in ("certificate", "certificate_status", "server_key_exchange", "certificate_request", "server_hello_done"):
        return "flight"
    if stage == "data" and (alert not in _OF_CERTIFICATES or not asked):
        return "data"
    if resumed and stage != "data" and not (sent and alert in _OF_CERTIFICATES and alert not in (40, None)):
        return "resumed"
    return ("sent" if sent else "none") if asked else "unasked"


def _likely(alert, situation):
    for fits, cause in _LIKELY.get(_SAME.get(alert, alert), ()):
        if fits in ("", situation) or (fits == "hello" and situation == "nameless"):
            return cause
    if alert in _OF_CERTIFICATES:
        return "a fault of its own: we sent no certificate"
    return _ALIEN


def of(alert, c, settings, note):
    """The same for a Connection and its SSLContext."""
    groups = [_GROUPS.get(group, str(group)) for group in settings.key_agreement.groups]
    name = c.server_name.decode() if c.server_name else ""
    offer = "TLS 1.2 with {}, groups {}, {}".format(
        ", ".join(settings.get_ciphers()), ", ".join(groups), "server name " + name if name else "no server name"
    )
    at = 0
    while at < len(settings._protocols):
        end = at + 1 + settings._protocols[at]
        offer += ", protocol " + settings._protocols[at + 1 : end].decode()
        at = end
    keyed = c.suite is not None and c.suite[2] & 2  # PSK (tls/cipher_suites.py)
    sent = c.session.client_certificate if c.resumed else c.client_certificate
    return explain(alert, c.stage, offer, bool(name), sent is not None, sent, note, keyed, c.session is not None, c.resumed)
