"""A connection, tried step by step: at which step it ends, and what to do then. The doctor loads it (`latchkey.doctor.report(host)`).

The steps are the radio, the host's address, its port, the anchors, the handshake. Each says what it found; the first that does not go is
the last, and begins with "!".
"""

import errno
import time

_WAIT = 10  # seconds for an address that answers nothing

# What a step that ended says to do.
_NO_ADDRESS = "! no address for {}: look at the name, and whether the network's name server is reached ({})"
_REFUSED = "! {} answers, but nothing listens at port {}: look at the port (8883 is MQTT's, 443 the web's)"
_SILENT = "! {} does not answer at port {} ({}): a firewall, a wrong port, or no way into the internet"
_NO_ANCHORS = "! {}: latchkey trust {} -o root.pem finds it, on a computer"
_LOST = "! the connection was lost in the handshake ({}): is it TLS that the port speaks?"


def findings(host, port, context):
    """Lines for the doctor's report. `context` is an SSLContext, else one with the board's public roots is made."""
    out = []
    sock = _connected(host, port, out)
    if sock is None:
        return out
    try:
        return out + _handshake(sock, host, context)
    finally:
        sock.close()


def _connected(host, port, out):
    """A socket, or None where there is a line why not."""
    import socket

    radio = _radio()
    if radio:
        out.append(radio)
        return None
    try:
        address = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)[0][-1]
    except OSError as e:
        out.append(_NO_ADDRESS.format(host, e))
        return None
    sock = socket.socket()
    try:
        sock.settimeout(_WAIT)
        sock.connect(address)
    except OSError as e:
        sock.close()
        out.append(_REFUSED.format(host, port) if e.errno == errno.ECONNREFUSED else _SILENT.format(host, port, e))
        return None
    out.append("{} answers at port {}".format(host, port))
    return sock


def _radio():
    """What is wrong with Wi-Fi, on a board that has it and no other network that is up."""
    try:
        import network

        wifi = network.WLAN(network.STA_IF)
    except (ImportError, AttributeError, OSError):
        return None
    if wifi.isconnected() or not hasattr(wifi, "status"):
        return None
    if not wifi.active():
        return "! Wi-Fi is off: network.WLAN(network.STA_IF).active(True), then connect(name, password)"
    status = wifi.status()
    for name, told in (
        ("STAT_WRONG_PASSWORD", "! Wi-Fi is not connected: the password is wrong"),
        ("STAT_NO_AP_FOUND", "! Wi-Fi is not connected: no network of that name is in reach (2.4 GHz alone is, on most boards)"),
        ("STAT_CONNECTING", "! Wi-Fi is still connecting: ask again in some seconds; if it stays so, look at the password"),
    ):
        if getattr(network, name, None) == status:
            return told
    return "! Wi-Fi is not connected (status {}): connect(name, password)".format(status)


def _handshake(sock, host, context):
    """What came of it."""
    import latchkey

    try:
        if context is None:
            context = latchkey.create_default_context()
    except OSError as e:
        return [_NO_ANCHORS.format(e, host)]
    began = time.ticks_ms()
    try:
        tls = context.wrap_socket(sock, server_hostname=host)
    except latchkey.TLSError as e:
        return ["! the handshake failed: {}".format(e), "  latchkey explain {}, on a computer, says more".format(e.cause)]
    except (OSError, ImportError, MemoryError) as e:
        return [_LOST.format(e) if isinstance(e, OSError) else "! the handshake ended: {}".format(e or "no memory for it")]
    took = time.ticks_diff(time.ticks_ms(), began)
    told = tls.report()
    out = ["handshake: {} ms, {}{}".format(took, told["cipher"], ", resumed" if told["resumed"] else "")]
    unverified = told["peer"].startswith("UNVERIFIED")
    out.append("{}server: {}, {}".format("! " * unverified, told["verified_name"] or host, told["peer"]))
    if not told["time_verified"] and told["peer_kind"] not in ("PSK", "PIN"):
        out.append("! the certificate's dates were not judged: the clock is not set")
    out.append("client certificate: {}".format("sent" if told["client_certificate"] else "not asked for, or not sent"))
    out += ["! " + sentence for sentence in told["wires"]]
    tls.close()
    return out
