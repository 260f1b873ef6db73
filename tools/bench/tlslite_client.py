"""The peer implementation that is measured, on CPython: `tlslite_client.py COUNT PORT` makes handshakes with tlslite-ng, same suite."""

import socket
import sys

from tlslite.api import HandshakeSettings, TLSConnection


def main(count: int, port: int) -> None:
    settings = HandshakeSettings()
    settings.minVersion = settings.maxVersion = (3, 3)  # pyright: ignore[reportAttributeAccessIssue]  (inferred as its default)
    settings.cipherNames = ["aes128gcm"]
    settings.keyExchangeNames = ["ecdhe_ecdsa"]
    settings.eccCurves = ["secp256r1"]
    settings.keyShares = ["secp256r1"]
    for _ in range(count):
        with socket.create_connection(("127.0.0.1", port)) as sock:
            connection = TLSConnection(sock)
            connection.handshakeClientCert(settings=settings, serverName="localhost")
            connection.close()


main(int(sys.argv[1]), int(sys.argv[2]))
