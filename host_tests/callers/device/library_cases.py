"""What test_libraries.py runs: libraries as they are, over latchkey, which they know nothing of."""
# pyright: reportMissingImports=false, reportAttributeAccessIssue=false

import asyncio
import sys
from hashlib import sha256

import latchkey
from stand_ins import LikeMqttAs, LikeUmqttRobust, LikeUmqttSimple, LikeUmqttSimple2, LikeWebSocketClient, like_aiohttp, like_umail

CASE, PORT, PKI = sys.argv[1], int(sys.argv[2]), sys.argv[3]
URL = "https://localhost:{}".format(PORT)
PIECE = bytes(range(256)) * 16
SIZE = 5 << 20


def mutual():
    context = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(PKI + "/root.pem")
    context.load_cert_chain(PKI + "/device.pem", PKI + "/device.key")
    return context


def verified():
    latchkey.install(PKI + "/root.pem", identity=mutual().identity)
    return {"server_hostname": "localhost"}


def umqtt_simple_by_a_context_or_by_its_parameters():
    verified()
    with open(PKI + "/device.pem") as chain, open(PKI + "/device.key") as key, open(PKI + "/root.pem") as root:
        params = {"cert": chain.read(), "key": key.read(), "cadata": root.read(), "server_hostname": "localhost"}
    for ssl, ssl_params in ((mutual(), {}), (True, params)):
        client = LikeUmqttSimple(b"board", "localhost", PORT, ssl=ssl, ssl_params=ssl_params)
        heard = []
        client.cb = lambda topic, message, heard=heard: heard.append((topic, message))
        client.connect()
        client.subscribe(b"doors")
        assert client.check_msg() is None
        client.publish(b"doors", b"open" * 25, qos=1)
        while not heard:
            client.wait_msg()
        assert heard == [(b"doors", b"open" * 25)]
        client.disconnect()


def umqtt_robust_goes_on_when_the_broker_comes_back():
    client = LikeUmqttRobust(b"board", "localhost", PORT, ssl=mutual())
    client.connect()
    for i in range(8):
        client.publish(b"count", str(i).encode(), qos=1)
        print(i)
        sys.stdin.readline()
    client.disconnect()


def umqtt_simple2_sets_modes_on_the_raw_socket():
    client = LikeUmqttSimple2(b"board", "localhost", PORT, verified())
    for _ in range(3):
        assert client.ping()


def mqtt_as_asks_a_non_blocking_socket_over_and_over():
    params = verified()

    async def one(name):
        client = LikeMqttAs("localhost", PORT, params)
        await client.connect(name)
        for _ in range(3):
            await client.write(b"\xc0\0")
            assert await client.read(2) == b"\xd0\0"

    async def several():
        await asyncio.gather(one(b"a"), one(b"b"), one(b"c"))

    asyncio.run(several())


def requests_gets_posts_and_follows():
    import requests

    verified()
    assert requests.get(URL + "/hello").text == "hello"
    assert requests.get(URL + "/moved").text == "hello"
    assert requests.post(URL, json={"a": 1}).text == requests.post(URL, data=b'{"a": 1}').text
    kept = requests.get(URL + "/kept", headers={"Connection": "keep-alive"})
    assert kept.raw.read(5) == b"hello"
    kept.raw.write(b"GET /again HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert kept.raw.readline() == b"HTTP/1.1 200 OK\r\n"
    kept.close()
    try:
        requests.get(URL + "/silent", timeout=0.3)
        raise Exception("it waits")
    except OSError as e:
        assert "ETIMEDOUT" in str(e), e


def requests_streams_5_mb_both_ways():
    import requests

    verified()
    got, digest = requests.get(URL + "/pattern"), sha256()
    buffer = bytearray(4096)
    while True:
        n = got.raw.readinto(buffer)
        if not n:
            break
        digest.update(memoryview(buffer)[:n])
    got.close()
    down = b"".join([b"%02x" % byte for byte in digest.digest()])
    up = requests.post(URL, data=iter([PIECE] * (SIZE // len(PIECE))), headers={"Transfer-Encoding": "chunked"})
    assert up.content == down


def requests_is_refused_where_the_root_is_another():
    import requests

    latchkey.install(PKI + "/other-root.pem")
    try:
        requests.get(URL + "/hello")
        raise Exception("unverified")
    except latchkey.TLSError as e:
        assert "anchors" in str(e)


def mip_installs_from_an_index_over_https():
    import mip

    verified()
    sys.path.insert(0, PKI + "/lib")
    mip.install("thing", index=URL, target=PKI + "/lib")
    import thing

    assert thing.INSTALLED


def aiohttp_has_several_connections_at_once():
    verified()

    async def one(i):
        body = bytes([65 + i]) * 3000 * i
        assert len(await like_aiohttp("localhost", PORT, "/hello", body=body)) == (64 if body else 5)

    async def several():
        await asyncio.gather(*[one(i) for i in range(5)])

    asyncio.run(several())


def a_websocket_client_sends_and_hears():
    verified()

    async def talk():
        client = LikeWebSocketClient()
        await client.connect("localhost", PORT)
        for size in (200, 3000, 20000):
            await client.send(bytes(range(100)) * (size // 100))
            assert len(await client.receive()) == size

    asyncio.run(talk())


def smtp_goes_on_by_starttls():
    verified()
    like_umail("localhost", PORT, b"board@example.org", b"you@example.org", b"Subject: doors\r\n\r\nopen")


globals()[CASE]()
print("ok")
