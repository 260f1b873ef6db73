"""Handshakes and a line both ways, in whatever heap there is: what the smallest heap is found with. It takes little itself."""


def contents(path):
    with open(path, "rb") as file:
        return file.read()


def converse(streams, folder, mutual, receive, frugal):
    """What `openssl s_server -rev` answers over each of `streams` in its turn; the files in `folder` are those of laboratory/pki.py."""
    import latchkey

    context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT, receive_buffer=receive)
    context.frugal = frugal
    context.handshake_timeout = None
    context.load_verify_locations(cadata=contents(folder + "/root.der"))
    if mutual:
        context.load_cert_chain(contents(folder + "/device.pem"), contents(folder + "/device.key"))
    for stream in streams:
        tls = context.wrap_socket(stream, server_hostname="localhost")
        tls.write(b"latchkey\n")
        print(tls.readline())
        tls.close()
