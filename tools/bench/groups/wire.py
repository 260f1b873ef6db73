"""What the client puts on the wire in a full handshake, beside MicroPython's own tls, and in a resumed one."""

from tools.bench.groups.unix import both, row, server, told
from tools.build.plain import Plain


def metrics() -> list[dict]:
    with server() as (port, root):
        ours, theirs = both(port, root)
    with server(resumption=True) as (port, root):
        resumed = told("latchkey", port, root, count=2)
    if not resumed or not resumed["resumed"]:
        raise Plain("no handshake was resumed")
    return [
        row("wire.full.client_writes", ours["writes"], "writes", "calls of the transport's write"),
        row("wire.builtin_tls.client_writes", theirs["writes"], "writes", "the same of MicroPython's tls"),
        row("wire.full.client_bytes", ours["bytes"], "bytes", "client to server"),
        row("wire.builtin_tls.client_bytes", theirs["bytes"], "bytes", "the same of MicroPython's tls"),
        row("wire.resumed.client_writes", resumed["writes"], "writes", "of a handshake that resumes by ticket"),
        row("wire.resumed.client_bytes", resumed["bytes"], "bytes", "client to server, its ticket included"),
        row("wire.client_hello_bytes", ours["first"], "bytes", "the record of ClientHello, a name of 9 bytes"),
    ]
