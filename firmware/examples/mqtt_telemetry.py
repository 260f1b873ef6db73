"""A pump's readings by MQTT, with the device's key in a chip: the broker knows the pump by its certificate.

On the board: ca.crt (the broker's root), chain.pem (the device's certificate), latchkey_board.py (boards/), umqtt.robust:

    mpremote mip install umqtt.simple umqtt.robust

A broker that goes away is connected to again by umqtt.robust, and its session is resumed: one round trip, no signature by the chip.
"""

import time

import latchkey_board
from umqtt.robust import MQTTClient

import latchkey

BROKER, PORT = "broker.plant.example", 8883
NAME, TOPIC = b"pump-7", b"plant/pump-7/pressure"
EVERY = 10  # seconds


def context():
    """Made once: it holds the buffers, and remembers the session."""
    made = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
    made.load_verify_locations(cafile="ca.crt")
    made.load_cert_chain("chain.pem", latchkey_board.chip().private_key(0))
    return made


def run(read, readings=None):
    """Send what `read()` gives, `readings` of them or for ever. QoS 1: each reading arrives, at worst twice."""
    client = MQTTClient(NAME, BROKER, PORT, keepalive=60, ssl=context())
    client.connect()
    sent = 0
    while readings is None or sent < readings:
        client.publish(TOPIC, str(read()).encode(), qos=1)
        sent += 1
        time.sleep(EVERY)
    client.disconnect()


if __name__ == "__main__":
    run(lambda: 4.2)
