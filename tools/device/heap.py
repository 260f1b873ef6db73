"""One handshake and a line both ways, in whatever heap there is: what the smallest heap is found with. It takes little itself."""


def contents(path):
    with open(path, "rb") as file:
        return file.read()


def converse(stream, folder, mutual, receive, frugal):
    """What `openssl s_server -rev` answers over `stream`; the files in `folder` are those of tools/pki.py."""
    import latchkey

    context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT, receive_buffer=receive)
    context.frugal = frugal
    context.handshake_timeout = None
    context.load_verify_locations(cadata=contents(folder + "/root.der"))
    if mutual:
        context.load_cert_chain(contents(folder + "/device.pem"), contents(folder + "/device.key"))
    tls = context.wrap_socket(stream, server_hostname="localhost")
    tls.write(b"latchkey\n")
    return tls.readline()
