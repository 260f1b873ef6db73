"""A handshake without public-key work and a line both ways, in whatever heap there is, as heap.py has the others."""


def contents(path):
    with open(path, "rb") as file:
        return file.read()


def converse(stream, folder, stored=b"", psk=b""):
    """What `openssl s_server -rev` answers, and whether it resumed. `stored`: memory that outlives a sleep, as bytes, with a session, which
    is printed as it is then; `psk`: a key in the place of certificates.
    """
    import latchkey

    context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT, receive_buffer=4096)
    context.frugal = True
    context.handshake_timeout = None
    memory = b""
    if psk:
        context.psk_identity, context.psk_key = "bench", psk
    else:
        from latchkey.stores import Memory, SessionStore

        memory = bytearray(stored)
        context.sessions = SessionStore(Memory(memory), bytes(32), clockless=True)
        context.load_verify_locations(cadata=contents(folder + "/root.der"))
    tls = context.wrap_socket(stream, server_hostname="localhost")
    tls.write(b"latchkey\n")
    print(tls.readline(), tls.session_reused)
    tls.close()
    print(memory.hex())
