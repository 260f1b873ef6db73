"""A lamp at a broker of one's own: it says how warm it is, and is switched. The broker knows it by its certificate.

firmware/manual/recipes.md makes both certificates by openssl and sets mosquitto up. On the board, beside a network that is joined
(deep_sleep.py has how): ca.crt, lamp.crt, lamp.key, and

    mpremote mip install umqtt.simple
"""

import time

from umqtt.simple import MQTTClient

import latchkey

BROKER, PORT = "broker.home.arpa", 8883
NAME, WARMTH, SWITCH = b"lamp", b"home/lamp/warmth", b"home/lamp/switch"
EVERY = 10  # seconds


def context():
    """Made once: it holds the buffers, and remembers the session."""
    made = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
    made.load_verify_locations(cafile="ca.crt")
    made.load_cert_chain("lamp.crt", "lamp.key")
    return made


def run(tls_context, read, switch, times=None):
    """Send what `read()` gives, hand what comes to `switch(message)`: `times` times, or until an OSError says why no longer."""
    client = MQTTClient(NAME, BROKER, PORT, keepalive=60, ssl=tls_context)
    client.set_callback(lambda topic, message: switch(message))
    client.connect()
    client.subscribe(SWITCH)
    while times is None or times:
        client.publish(WARMTH, str(read()).encode(), qos=1)
        client.check_msg()
        time.sleep(EVERY)
        times = times and times - 1
    client.disconnect()


if __name__ == "__main__":
    made = context()
    while True:
        try:
            run(made, lambda: 21.5, print)
        except OSError as error:  # no network, no broker, a certificate that is not right: the sentence says which
            print(error)
        time.sleep(EVERY)
