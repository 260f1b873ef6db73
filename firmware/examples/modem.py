"""TLS over a cellular modem on a serial port (SIM7600 and its kin, by AT commands): the modem carries bytes, and sees none in clear.

`Modem` is a stream as latchkey wants its transport: `read` and `readinto` give what is there or None, `write` says how much it took,
`ioctl` answers polls with the serial port's own readiness. Whoever takes the modem's own TLS trusts the modem instead.
"""

import io
import time

import latchkey

HOST, PORT = "broker.example", 8883
APN = "internet"
_POLL, _CLOSE = 3, 4


class Modem(io.IOBase):
    """`uart` is a machine.UART, made with `timeout=0`."""

    def __init__(self, uart):
        self._uart = uart

    def command(self, line, wanted=b"OK", seconds=10):
        """Say a command, wait for its answer; OSError where it is another one, or none."""
        self._uart.write(line.encode() + b"\r")
        end = time.ticks_add(time.ticks_ms(), int(seconds * 1000))
        answer = b""
        while time.ticks_diff(end, time.ticks_ms()) > 0:
            byte = self._uart.read(1)  # byte by byte: what comes behind CONNECT is data
            if not byte:
                time.sleep_ms(5)
                continue
            answer += byte
            if byte != b"\n":
                continue
            told = answer.strip()
            if told.startswith(wanted):
                return told
            if told.startswith((b"ERROR", b"+CME ERROR", b"NO CARRIER")):
                raise OSError("the modem refused {}: {}".format(line, told.decode()))
            answer = b""
        raise OSError("the modem does not answer {}".format(line))

    def start(self, apn):
        """Into the network; each step says itself what is wrong."""
        for line, seconds in (("ATE0", 2), ("AT+CPIN?", 5), ("AT+CGATT=1", 75), ('AT+CGDCONT=1,"IP","{}"'.format(apn), 5)):
            self.command(line, seconds=seconds)
        self.command("AT+CIPMODE=1")  # bytes as they are, not one command for each piece
        self.command("AT+NETOPEN", seconds=75)

    def connect(self, host, port):
        self.command('AT+CIPOPEN=0,"TCP","{}",{}'.format(host, port), b"CONNECT", 75)

    def read(self, n=-1):
        return self._uart.read(n) if n >= 0 else self._uart.read()

    def readinto(self, buf, n=-1):
        return self._uart.readinto(buf, n) if n >= 0 else self._uart.readinto(buf)

    def write(self, data):
        return self._uart.write(data)

    def setblocking(self, flag):
        pass  # the serial port never blocks

    def ioctl(self, request, argument):
        if request == _POLL:
            import select

            poll = select.poll()
            poll.register(self._uart, argument)
            for _, events in poll.ipoll(0):
                return events
            return 0
        if request == _CLOSE:
            self.hang_up()
            return 0
        return -22

    def close(self):
        self.hang_up()

    def hang_up(self):
        """Out of the data mode: a pause, "+++", a pause."""
        time.sleep(1)
        self._uart.write(b"+++")
        time.sleep(1)
        try:
            self.command("AT+CIPCLOSE=0", seconds=5)
        except OSError:
            pass  # the other end was first


def connect(uart, context):
    modem = Modem(uart)
    modem.start(APN)
    modem.connect(HOST, PORT)
    return context.wrap_socket(modem, server_hostname=HOST)


if __name__ == "__main__":
    from machine import UART

    context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT, receive_buffer=4096)
    context.load_verify_locations(cafile="root.pem")
    tls = connect(UART(1, 115200, rxbuf=4096, timeout=0), context)
    tls.write(b"hello\n")
    print(tls.readline())
    tls.close()
