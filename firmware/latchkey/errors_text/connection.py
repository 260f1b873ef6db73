"""Sentences of the causes of connection and policy: number -> (name, sentence)."""

TEXT = {
    300: ("CONNECTION_CLOSED", "the connection was closed; wrap a new socket"),
    301: ("TAKEN_OVER", "a newer wrap_socket() took over this connection's buffers; give the context connections=n to keep n at once"),
    302: ("TRUNCATED", "the stream ended without close_notify: data may be missing (RFC 5246 section 7.2.1)"),
    303: ("HANDSHAKE_TIMEOUT", "the handshake took longer than its deadline (handshake_timeout)"),
    304: ("INTERRUPTED", "an earlier call on this connection was interrupted; wrap a new socket"),
    305: ("ALERT_RECEIVED", "the server refused with alert {}"),
    306: (
        "NO_ANCHORS",
        "no trust anchor is loaded: call context.load_verify_locations(cafile=...), or set context.verify_mode = CERT_NONE",
    ),
    307: ("NO_SERVER_HOSTNAME", "no name to verify: pass wrap_socket(sock, server_hostname=...), or set context.check_hostname = False"),
    308: ("TRANSPORT_FAILED", "the transport, or a callback, failed earlier; wrap a new socket"),
    309: ("CLOSED_IN_HANDSHAKE", "the server closed the connection in the handshake without saying why"),
    310: ("KEY_NOT_THE_LEAFS", "the private key does not belong to the first certificate of the chain"),
    311: ("KEY_NOT_UNDERSTOOD", "the private key is not understood: {}"),
    313: (
        "IN_A_CALL",
        "a call on this connection is under way, or was interrupted: a callback may close it, not use it nor take its buffers",
    ),
    314: ("OTHER_THREAD", "a context and its connections belong to the thread that connected first: they have no lock"),
    315: (
        "REQUEST_NOT_SIGNED",
        "the signature of the certificate request does not verify with its own key: the key, its chip or the wires to it are at fault",
    ),
    316: (
        "NO_ROOT",
        "nothing to verify servers by: give latchkey.install(cafile=...) or create_default_context(cafile=...) the root certificate."
        " openssl s_client -connect HOST:PORT -showcerts </dev/null shows a server's chain: the root is the issuer (i:) of its last"
        " certificate, and is to be had from that CA, or in /etc/ssl/certs of a PC",
    ),
    312: ("NO_CERTIFICATE_FOUND", "no certificate found: PEM (-----BEGIN CERTIFICATE-----) or DER is expected"),
}
