"""The peer implementation that is measured, on CPython: `tlslite_client.py COUNT PORT` makes handshakes with tlslite-ng, same suite;
`tlslite_client.py COUNT PORT SIZE` makes one, and sends lines of so many octets, each of which comes back.
"""

import socket
import sys

from tlslite.api import HandshakeSettings, TLSConnection


def main(count: int, port: int, size: int) -> None:
    settings = HandshakeSettings()
    settings.minVersion = settings.maxVersion = (3, 3)  # pyright: ignore[reportAttributeAccessIssue]  (inferred as its default)
    settings.cipherNames = ["aes128gcm"]
    settings.keyExchangeNames = ["ecdhe_ecdsa"]
    settings.eccCurves = ["secp256r1"]
    settings.keyShares = ["secp256r1"]
    for _ in range(1 if size else count):
        with socket.create_connection(("127.0.0.1", port)) as sock:
            connection = TLSConnection(sock)
            connection.handshakeClientCert(settings=settings, serverName="localhost")
            line = bytearray(b"k" * (size - 1) + b"\n")
            for _ in range(count if size else 0):
                connection.write(line)
                if connection.read(max=size, min=size) != line:
                    raise ValueError
            connection.close()


main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) if sys.argv[3:] else 0)
