"""A mail by SMTP that begins in clear and goes on by STARTTLS: the same socket, wrapped in the middle of the conversation.

What comes before STARTTLS anybody may have said. So nothing of it is believed afterwards: EHLO is said again.
"""

import socket

import latchkey

HOST, PORT = "mail.example.org", 587


def say(stream, line=None):
    """Send a line, read the whole answer; OSError where it is a refusal."""
    if line is not None:
        stream.write(line + b"\r\n")
    while True:
        answer = stream.readline()
        if not answer:
            raise OSError("the mail server hung up")
        if answer[3:4] != b"-":
            break
    if answer[:1] not in (b"2", b"3"):
        raise OSError("the mail server said: " + answer.decode().strip())
    return answer


def send(context, sender, recipient, text):
    sock = socket.socket()
    sock.connect(socket.getaddrinfo(HOST, PORT)[0][-1])
    try:
        say(sock)
        say(sock, b"EHLO board")
        say(sock, b"STARTTLS")  # a server that refuses it gets nothing
        sock = context.wrap_socket(sock, server_hostname=HOST)
        say(sock, b"EHLO board")
        say(sock, b"MAIL FROM:<" + sender + b">")
        say(sock, b"RCPT TO:<" + recipient + b">")
        say(sock, b"DATA")
        for line in text.split(b"\n"):
            sock.write((b"." + line if line.startswith(b".") else line) + b"\r\n")
        say(sock, b".")
        say(sock, b"QUIT")
    finally:
        sock.close()


if __name__ == "__main__":
    context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cafile="root.pem")
    send(context, b"pump-7@plant.example", b"you@example.org", b"Subject: pressure\n\nThe pressure is 9 bar.")
