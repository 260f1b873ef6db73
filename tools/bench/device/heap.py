"""Handshakes and a line both ways, in whatever heap there is: what the smallest heap is found with. It takes little itself."""


def contents(path):
    with open(path, "rb") as file:
        return file.read()


def converse(streams, folder, mutual, receive, frugal, stored=None, psk=None):
    """What `openssl s_server -rev` answers over each of `streams` in its turn; the files in `folder` are those of laboratory/pki.py.

    `stored`: memory that outlives a sleep, as bytes, for sessions. `psk`: a key in the place of certificates. Prints if it resumed, too.
    """
    import latchkey

    context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT, receive_buffer=receive)
    context.frugal = frugal
    context.handshake_timeout = None
    if psk:
        context.psk_identity, context.psk_key = "bench", psk
    else:
        context.load_verify_locations(cadata=contents(folder + "/root.der"))
    if stored:
        from latchkey.stores import Memory, SessionStore

        stored = bytearray(stored)
        context.sessions = SessionStore(Memory(stored), bytes(32), clockless=True)
    if mutual:
        context.load_cert_chain(contents(folder + "/device.pem"), contents(folder + "/device.key"))
    for stream in streams:
        tls = context.wrap_socket(stream, server_hostname="localhost")
        tls.write(b"latchkey\n")
        print(tls.readline(), tls.session_reused)
        tls.close()
    if stored:
        print(stored.hex())
