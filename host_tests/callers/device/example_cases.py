"""What test_examples.py runs: the examples as they are, with names of the test's server in the place of theirs."""
# pyright: reportMissingImports=false, reportAttributeAccessIssue=false, reportPossiblyUnboundVariable=false

import asyncio
import os
import socket
import sys

import latchkey
import stand_ins

CASE, PORT, PKI = sys.argv[1], int(sys.argv[2]), sys.argv[3]


class Module:
    pass


def module(name, **names):
    made = Module()
    for key, value in names.items():
        setattr(made, key, value)
    sys.modules[name] = made


def example(name, **names):
    """An example, imported, with other names than it has."""
    made = __import__(name)
    for key, value in names.items():
        setattr(made, key, value)
    return made


def trusting(root="root.pem"):
    context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cafile=root)
    return context


def refused(work, *arguments):
    """What a call that has to fail says."""
    try:
        work(*arguments)
    except OSError as e:
        return str(e)
    raise Exception("it went through")


def chip():
    """The simulated chip, at the port of the simulation."""
    import simulated_i2c
    import streams

    link = simulated_i2c.Link(streams.tcp(int(sys.argv[4])))
    link.install_time(int(sys.argv[5]))  # before anything looks at the time
    from latchkey.secure_element import ATECC

    return ATECC(simulated_i2c.I2C(link, freq=100000))


def mqtt_telemetry():
    module("umqtt")
    module("umqtt.robust", MQTTClient=stand_ins.LikeUmqttRobust)
    made = chip()
    module("latchkey_board", chip=lambda: made)
    telemetry = example("mqtt_telemetry", BROKER="localhost", PORT=PORT, EVERY=0)
    readings = [4.2, 4.3, 4.4]
    telemetry.run(lambda: readings.pop(0), 3)


def home_broker():
    module("umqtt")
    module("umqtt.simple", MQTTClient=stand_ins.LikeUmqttSimple)
    there = socket.getaddrinfo("127.0.0.1", PORT)
    stand_ins.socket = Module()  # whose names are those of a home
    stand_ins.socket.socket, stand_ins.socket.getaddrinfo = socket.socket, lambda host, port: there
    home = example("home_broker", EVERY=0.1)
    switched = []

    def read():
        if len(readings) == 2:
            other = stand_ins.LikeUmqttSimple(b"switch", home.BROKER, home.PORT, ssl=home.context())
            other.connect()
            other.publish(home.SWITCH, b"on", qos=1)
            other.disconnect()
        return readings.pop(0)

    readings = [20 + n for n in range(12)]
    home.run(home.context(), read, switched.append, 12)
    assert switched == [b"on"], switched
    os.rename("other-root.pem", "ca.crt")
    assert "anchors" in refused(home.run, home.context(), read, print, 1)


def web_request():
    web = example("web_request")
    assert web.fetch("https://localhost:{}/hello".format(PORT)) == "hello"
    latchkey.install(cafile="other-root.pem")
    assert "anchors" in refused(web.fetch, "https://localhost:{}/hello".format(PORT))


class Watchdog:
    fed = 0

    def feed(self):
        self.fed += 1


def asyncio_sensor():
    sensor = example("asyncio_sensor", HOST="localhost", PORT=PORT, EVERY=0)
    blinks = [0]

    async def blink():
        while True:
            blinks[0] += 1
            await asyncio.sleep_ms(1)

    readings = [10, 11, 12]
    watchdog = Watchdog()
    asyncio.run(sensor.main(lambda: readings.pop(0), blink, watchdog, 3))
    assert not readings and watchdog.fed > 10 and blinks[0] > 10, (watchdog.fed, blinks)


def aws_iot():
    module("umqtt")
    module("umqtt.simple", MQTTClient=stand_ins.LikeUmqttSimple)
    aws = example("aws_iot", ENDPOINT="localhost", PORT=PORT)
    os.rename("root.pem", "AmazonRootCA1.pem")
    client = aws.connect(aws.context("device.pem", "device.key"))
    client.publish(b"shadow", b"{}", qos=1)
    client.disconnect()


def starttls_mail():
    mail = example("starttls_mail", HOST="localhost", PORT=PORT)
    mail.send(trusting(), b"pump@plant.example", b"you@example.org", b"Subject: pressure\n\n9 bar\n.\n")
    assert "anchors" in refused(mail.send, trusting("other-root.pem"), b"a", b"b", b"c")


def modem():
    made = example("modem", HOST="localhost", PORT=PORT)
    uart = open(sys.argv[4], "r+b", buffering=0)
    tls = made.connect(Uart(uart), trusting())
    tls.write(b"hello\n")
    assert tls.readline() == b"olleh\n"
    assert tls.write(bytes(range(32, 127)) * 50 + b"\n") == 4751
    assert tls.readline() == bytes(reversed(range(32, 127))) * 50 + b"\n"
    tls.close()
    print(made.Modem(Uart(uart)).command("AT"))


class Uart:
    """The terminal as machine.UART with timeout=0 has it: it gives what is there, or None."""

    def __init__(self, file):
        import select

        self.file = file
        self.poll = select.poll()
        self.poll.register(file, select.POLLIN)

    def read(self, n=-1):
        return self.file.read(n if n >= 0 else 4096) if self.poll.poll(0) else None

    def readinto(self, buf, n=-1):
        return self.file.readinto(memoryview(buf)[: n if n >= 0 else len(buf)]) if self.poll.poll(0) else None

    def write(self, data):
        return self.file.write(data)


def deep_sleep():
    """A waking: a process of its own each time."""
    from latchkey.stores import Files

    sensor = example("deep_sleep", HOST="localhost", PORT=PORT)
    print("resumed", sensor.send(sensor.context(Files("session")), 21.5))
    network = Module()
    network.STA_IF, network.STAT_WRONG_PASSWORD = 0, 202
    network.WLAN = Wifi
    assert "password is wrong" in refused(sensor.join, network, "n", "wrong")
    assert "no Wi-Fi within 0 s" in refused(sensor.join, network, "n", "p", 0)

    def no_ntp():
        raise OSError("ETIMEDOUT")

    assert sensor.set_clock(no_ntp), "the clock is set here"


class Wifi:
    def __init__(self, interface):
        self.password = None

    def active(self, on):
        pass

    def connect(self, name, password):
        self.password = password

    def isconnected(self):
        return False

    def status(self):
        return 202 if self.password == "wrong" else 1001


def root_replacement():
    roots = example("root_replacement")

    def connect(context):
        return latchkey.connect("localhost", PORT, context=context)

    assert roots.settle(connect) == "none"
    with open("next.pem", "rb") as file:
        new = file.read()
    os.rename("other-root.pem", "root.pem")  # the old root does not verify this server: only the new one does
    assert "anchors" in refused(connect, roots.context())
    refused_as_none(roots.offer, b"no root")
    assert roots.settle(connect) == "none"
    roots.offer(new)
    connect(roots.context()).close()
    assert roots.settle(lambda context: latchkey.connect("localhost", 1, context=context)) == "again"
    assert roots.settle(connect) == "replaced"
    with open("root.pem", "rb") as file:
        assert file.read() == new
    assert not roots.there("root.new")
    with open("wrong.pem", "rb") as file:
        roots.offer(file.read())
    assert [roots.settle(connect) for _ in range(4)] == ["again", "again", "dropped", "none"]
    connect(roots.context()).close()


def refused_as_none(offer, pem):
    try:
        offer(pem)
    except (ValueError, OSError):
        return
    raise Exception("taken")


class Flash:
    """A partition: what is not erased can't be written."""

    def __init__(self, blocks):
        self.data = bytearray(4096 * blocks)
        self.erased = set()
        self.boots = False
        self.writes = 0

    def ioctl(self, request, argument):
        if request == 6:
            self.erased.add(argument)
            return 0
        return {4: len(self.data) // 4096, 5: 4096}[request]

    def writeblocks(self, n, buf):
        assert n in self.erased and len(buf) == 4096
        self.erased.remove(n)
        self.data[4096 * n : 4096 * n + 4096] = buf
        self.writes += 1

    def readblocks(self, n, buf):
        buf[:] = self.data[4096 * n : 4096 * n + len(buf)]

    def set_boot(self):
        self.boots = True


def firmware_update():
    import gc

    update = example("firmware_update", HOST="localhost", PORT=PORT)
    context = trusting()
    with open("maker.pub", "rb") as file:
        maker = file.read()
    flash = Flash(400)
    cut = [refused(update.update, context, "/image", flash, maker) for _ in range(2)]
    assert not flash.boots and all("cut" in told for told in cut), cut
    before = flash.writes
    gc.collect()
    free = gc.mem_free()
    update.update(context, "/image", flash, maker)
    gc.collect()
    assert flash.boots and before > 100 and flash.writes < 384 + 3, (before, flash.writes)
    assert free - gc.mem_free() < 20000, free - gc.mem_free()
    flash.boots = False
    assert "not signed by its maker" in refused(update.update, context, "/forged", flash, maker) and not flash.boots
    assert "has 1572864 bytes, the partition" in refused(update.update, context, "/image", Flash(10), maker)
    assert "/nothing of localhost: 200" in refused(update.update, context, "/nothing", flash, maker)


globals()[CASE]()
print("ok")
