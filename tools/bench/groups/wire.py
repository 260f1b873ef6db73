"""What the client puts on the wire in a full handshake, beside MicroPython's own tls."""

from tools.bench.groups.unix import both, row, server


def metrics() -> list[dict]:
    with server() as (port, root):
        ours, theirs = both(port, root)
    return [
        row("wire.full.client_writes", ours["writes"], "writes", "calls of the transport's write"),
        row("wire.builtin_tls.client_writes", theirs["writes"], "writes", "the same of MicroPython's tls"),
        row("wire.full.client_bytes", ours["bytes"], "bytes", "client to server"),
        row("wire.builtin_tls.client_bytes", theirs["bytes"], "bytes", "the same of MicroPython's tls"),
        row("wire.client_hello_bytes", ours["first"], "bytes", "the record of ClientHello, a name of 9 bytes"),
    ]
