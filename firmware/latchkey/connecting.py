"""`latchkey.connect()`: from a name to a verified connection, for the REPL and for short scripts."""

import latchkey


def connect(host, port=443, cafile=None, cadata=None, certfile=None, keyfile=None, timeout=None, context=None):
    """A connection to `host`, verified by the certificates in `cafile` or `cadata`, else by latchkey_roots.lk.

    `certfile`, `keyfile`: what the device shows, as `load_cert_chain` takes them. `timeout`: seconds that one wait may last. Whoever
    connects again and again makes a context once, and gives it.
    """
    import socket

    if context is None:
        context = latchkey.create_default_context(cafile, cadata)
        if certfile is not None or keyfile is not None:
            context.load_cert_chain(certfile, keyfile)
    sock = socket.socket()
    try:
        sock.settimeout(timeout)
        sock.connect(socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)[0][-1])
        return context.wrap_socket(sock, server_hostname=host)
    except BaseException:
        sock.close()
        raise
