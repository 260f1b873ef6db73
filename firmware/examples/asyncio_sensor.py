"""A sensor in asyncio: readings go out over one connection, a lamp blinks beside it, and a watchdog guards both.

The handshake does not stop the lamp: it yields to asyncio between its slices. The watchdog is fed by a task of the loop, so it barks where
the loop stands still, and by `progress` within a handshake.
"""

import asyncio

import latchkey

HOST, PORT = "collector.example", 8883
EVERY = 5  # seconds


class NoWatchdog:
    def feed(self):
        pass


def context(watchdog):
    made = latchkey.SSLContext(latchkey.PROTOCOL_TLS_CLIENT)
    made.load_verify_locations(cafile="root.pem")
    made.progress = lambda stage: watchdog.feed()
    return made


async def report(read, tls, readings=None):
    """A line for each reading. A connection that ends is made anew, after a pause that grows up to a minute."""
    pause, sent = 1, 0
    while readings is None or sent < readings:
        writer = None
        try:
            reader, writer = await asyncio.open_connection(HOST, PORT, ssl=tls, server_hostname=HOST)
            while readings is None or sent < readings:
                writer.write("{}\n".format(read()).encode())
                await writer.drain()
                if not await asyncio.wait_for(reader.readline(), 20):
                    raise OSError("the collector closed the connection")
                pause = 1
                sent += 1
                await asyncio.sleep(EVERY)
        except (OSError, asyncio.TimeoutError) as e:  # a TLSError is an OSError
            print("not sent:", e or "no answer within 20 s")
            await asyncio.sleep(pause)
            pause = min(2 * pause, 60)
        finally:
            if writer:
                writer.close()


async def feed(watchdog):
    while True:
        watchdog.feed()
        await asyncio.sleep(1)


async def main(read, blink, watchdog=None, readings=None):
    watchdog = watchdog or NoWatchdog()
    others = [asyncio.create_task(feed(watchdog)), asyncio.create_task(blink())]
    await report(read, context(watchdog), readings)
    for task in others:
        task.cancel()


if __name__ == "__main__":
    from machine import WDT, Pin

    lamp = Pin("LED", Pin.OUT)

    async def blink():
        while True:
            lamp.value(not lamp.value())
            await asyncio.sleep_ms(200)

    asyncio.run(main(lambda: 21.5, blink, WDT(timeout=8000)))
