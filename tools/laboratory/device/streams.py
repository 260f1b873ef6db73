"""Streams to a server on the host: what `Target.reach` on the host's side hands out."""


def tcp(port):
    """A socket connected to 127.0.0.1, on a target with a network of the host's."""
    import socket

    stream = socket.socket()
    stream.connect(socket.getaddrinfo("127.0.0.1", port)[0][-1])
    return stream


def uart(number):
    """A serial port that the host leads to the server: reads return what is there, None if nothing is. It never ends."""
    import time

    from machine import UART

    port = UART(number, 115200, rxbuf=4096)
    quiet = 0
    while quiet < 5:  # what an earlier connection's server sent may still be on its way
        quiet = 0 if port.read() else quiet + 1
        time.sleep_ms(2)
    return port
