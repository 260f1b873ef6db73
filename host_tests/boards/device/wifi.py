"""What README.md's first script finds on a board with Wi-Fi, stood in for on an emulated one: `install()` puts it where it is imported.

Its sockets lead through the first serial port to the test's server, whatever they are connected to.
"""

# pyright: reportAttributeAccessIssue=false
# (modules are made here, attribute by attribute)

import io
import select
import sys

import streams


class Socket(io.IOBase):
    def __init__(self):
        self.port = streams.uart(1)
        self.poll = select.poll()
        self.poll.register(self.port)

    def connect(self, address):
        print("connect", *address)

    def setblocking(self, flag):
        pass

    def readinto(self, buf, n=-1):
        return self.port.readinto(buf, n) if n >= 0 else self.port.readinto(buf)

    def write(self, data):
        return self.port.write(data)

    def ioctl(self, request, argument):
        if request == 4:
            return 0
        if request != 3:
            return -22
        self.poll.modify(self.port, argument)
        for _, events in self.poll.ipoll(0):
            return events
        return 0


class WLAN:
    def __init__(self, interface):
        self.connected = False

    def active(self, on):
        return on

    def isconnected(self):
        return self.connected

    def connect(self, name, password):
        self.connected = True


class Module:
    pass


def install():
    network, ntptime, socket = Module(), Module(), Module()
    network.WLAN, network.STA_IF = WLAN, 0
    ntptime.settime = lambda: None
    socket.socket, socket.getaddrinfo = Socket, lambda host, port: [(2, 1, 0, "", (host, port))]
    for name, module in (("network", network), ("ntptime", ntptime), ("socket", socket)):
        sys.modules[name] = module
