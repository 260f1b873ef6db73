"""A sensor that sleeps: it wakes every ten minutes, sends a reading, sleeps again. The session lives through the sleep in the RTC's memory.

So a full handshake with its signatures is made once a day; every other waking takes one round trip and no public-key work, which is what
a battery pays for. The RTC keeps the time through the sleep, too: it is set by NTP after a power cut alone.
"""

import time

import latchkey
from latchkey.stores import SessionStore

HOST, PORT = "collector.example", 8883
EVERY = 600  # seconds


def context(place):
    """`place`: where the session outlives the sleep, as `latchkey.board_memory.RTCMemory()` on an ESP32."""
    made = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT, receive_buffer=2048)
    made.load_verify_locations(cafile="root.pem")
    made.sessions = SessionStore(place, "session.key")
    return made


def send(tls_context, reading):
    """Send a reading; whether the session was resumed. The collector answers with a line, so that a ticket that comes late is read, too."""
    tls = latchkey.connect(HOST, PORT, timeout=20, context=tls_context)
    try:
        tls.write("{}\n".format(reading).encode())
        if not tls.readline():
            raise OSError("the collector closed the connection")
        return tls.session_reused
    finally:
        tls.close()


def join(network, name, password, seconds=20):
    """Into the Wi-Fi network, or an OSError that says why not."""
    wifi = network.WLAN(network.STA_IF)
    wifi.active(True)
    wifi.connect(name, password)
    end = time.ticks_add(time.ticks_ms(), 1000 * seconds)
    while not wifi.isconnected():
        if wifi.status() == getattr(network, "STAT_WRONG_PASSWORD", None):
            raise OSError("the Wi-Fi password is wrong")
        if time.ticks_diff(end, time.ticks_ms()) < 0:
            raise OSError("no Wi-Fi within {} s (status {})".format(seconds, wifi.status()))
        time.sleep_ms(100)


def set_clock(settime):
    """By NTP where the RTC lost the time. Without it the connection goes on by the release date, and says so in its report."""
    if time.gmtime()[0] >= 2026:
        return True
    try:
        settime()
        return True
    except OSError as e:
        print("no time by NTP:", e)
        return False


if __name__ == "__main__":
    import machine
    import network
    import ntptime

    from latchkey.board_memory import RTCMemory

    try:
        join(network, "network", "password")
        set_clock(ntptime.settime)
        send(context(RTCMemory()), 21.5)
    except OSError as e:
        print(e)  # and again after the sleep
    machine.deepsleep(1000 * EVERY)
