"""Key logging: what decrypts a recording of a connection, for whoever looks for a fault with Wireshark. Nothing loads this by itself.

    from latchkey import key_log
    key_log.switch_on(context)     # says so on the console, and holds until a reset
    tls = context.wrap_socket(sock, server_hostname=name)
    key_log.line(tls)              # before it is closed: "CLIENT_RANDOM ...", as SSLKEYLOGFILE has it

Whoever has that line reads all that the connection carries.
"""

import binascii

_on = False


def switch_on(context):
    """Let connections of this context, from the next one on, keep what `line` tells."""
    global _on
    if not _on:
        print("latchkey: KEY LOGGING IS ON until the next reset: who gets a line of it reads the connection")
    _on = True
    context.exporter = True


def line(tls):
    """The line of a connection that is open, or None: one without extended master secret (RFC 7627) keeps none."""
    if not _on:
        raise ValueError("key logging is off: key_log.switch_on(context)")
    kept = tls._c.exporter
    if kept is None:
        return None
    _, master, randoms = kept
    return "CLIENT_RANDOM %s %s" % (binascii.hexlify(randoms[:32]).decode(), binascii.hexlify(master).decode())
