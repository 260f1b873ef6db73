"""MQTT at port 443 with a client certificate, as AWS IoT Core has it: ALPN tells it from the web's traffic.

On the board: AmazonRootCA1.pem, device.pem.crt and device.pem.key as AWS gives them (RSA), or a certificate for a P-256 key in a chip.
AWS wants the client's name to be its thing's, and a policy that lets it publish.
"""

from umqtt.simple import MQTTClient

import latchkey

ENDPOINT, PORT = "xxxxxxxxxxxxxx-ats.iot.eu-central-1.amazonaws.com", 443
THING = b"pump-7"
PROTOCOL = "x-amzn-mqtt-ca"


def context(cert="device.pem.crt", key="device.pem.key"):
    """`key` is a file, or `latchkey_board.chip().private_key(0)`."""
    made = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
    made.load_verify_locations(cafile="AmazonRootCA1.pem")
    made.load_cert_chain(cert, key)
    made.set_alpn_protocols([PROTOCOL])
    return made


def connect(tls):
    client = MQTTClient(THING, ENDPOINT, PORT, keepalive=60, ssl=tls)
    client.connect()
    if client.sock.selected_alpn_protocol() != PROTOCOL:
        raise OSError("{} does not speak MQTT at port {}".format(ENDPOINT, PORT))
    return client


if __name__ == "__main__":
    client = connect(context())
    client.publish(b"$aws/things/pump-7/shadow/update", b'{"state": {"reported": {"pressure": 4.2}}}', qos=1)
    client.disconnect()
