"""Streams to a server on the host: what `Target.reach` on the host's side hands out."""


def tcp(port):
    """A socket connected to 127.0.0.1, on a target with a network of the host's."""
    import socket

    stream = socket.socket()
    stream.connect(socket.getaddrinfo("127.0.0.1", port)[0][-1])
    return stream


def uart(number):
    """A serial port that the host leads to the server: reads return what is there, None if nothing is. It never ends."""
    from machine import UART

    return UART(number, 115200, rxbuf=4096)
