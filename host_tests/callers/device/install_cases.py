"""What test_install.py runs: latchkey in the place of `tls` and `ssl`. What is called here is what libraries call that know of none."""
# pyright: reportAttributeAccessIssue=false, reportMissingImports=false

import asyncio
import sys

import latchkey
from callers_support import connect, echo, main

PKI = sys.argv[3]
ROOT = PKI + "/root.pem"


def refused(function, *arguments, **options):
    """What a call is refused with."""
    try:
        function(*arguments, **options)
    except (AttributeError, OSError, TypeError, ValueError) as e:
        return type(e).__name__ + " " + str(e)
    raise Exception("it was not refused")


def by_tls(port, name="localhost"):
    """As `requests` does it, and `mip` by it."""
    import tls

    context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
    context.verify_mode = tls.CERT_NONE
    return context.wrap_socket(connect(port), server_hostname=name)


def by_ssl(port, name="localhost"):
    """As people do it who want no questions asked."""
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_NONE, False)
    return context.wrap_socket(connect(port), server_hostname=name)


def by_the_function(port, name="localhost"):
    """As umqtt's `ssl=True` does it."""
    import ssl

    return ssl.wrap_socket(connect(port), **({"server_hostname": name} if name else {}))


WAYS = (by_tls, by_ssl, by_the_function)


def whoever_turns_verification_off_is_verified_all_the_same(port, _):
    latchkey.install(PKI + "/other-root.pem")
    for way in WAYS:
        assert "neither among the trust anchors" in refused(way, port), refused(way, port)
    latchkey.install(ROOT)
    for way in WAYS:
        s = way(port)
        assert (s.report()["peer_kind"], s.report()["verified_name"]) == ("CHAIN", "localhost")
        echo(s)
        assert "certificate is for" in refused(way, port, "other.example"), refused(way, port, "other.example")
        assert "server_hostname=" in refused(way, port, None)


def sessions_are_resumed_for_whoever_turns_verification_off_and_mean_what_was_verified(port, _):
    latchkey.install(ROOT)
    import tls

    context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
    context.verify_mode = tls.CERT_NONE
    for resumed in (False, True):
        s = context.wrap_socket(connect(port), server_hostname="localhost")
        assert (s.session_reused, s.report()["peer_kind"]) == (resumed, "RESUMED" if resumed else "CHAIN")
        echo(s)
        s.close()


def cert_none_is_honoured_for_the_servers_that_were_named_and_said_each_time(port, _):
    latchkey.install(PKI + "/other-root.pem", unverified=["localhost"])
    for way in WAYS:
        s = way(port)
        assert "UNVERIFIED" in repr(s)
        echo(s)
        refused(way, port, "other.example")
    from ssl import CERT_REQUIRED, wrap_socket

    refused(wrap_socket, connect(port), cert_reqs=CERT_REQUIRED, server_hostname="localhost")


def anchors_of_a_callers_own_take_the_place_of_those_that_were_installed(port, _):
    latchkey.install(PKI + "/other-root.pem")
    import tls

    own = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
    with open(PKI + "/root.der", "rb") as file:
        own.load_verify_locations(file.read())
    own.verify_mode = tls.CERT_NONE
    echo(own.wrap_socket(connect(port), server_hostname="localhost"))
    refused(by_tls, port)  # they are nobody else's
    latchkey.install(ROOT)
    with open(PKI + "/other-root.pem") as file:
        own = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
        refused(own.load_verify_locations, "missing.pem")
        own.load_verify_locations(cadata=file.read())
    refused(own.wrap_socket, connect(port), server_hostname="localhost")
    echo(by_tls(port))


def it_is_what_both_names_import_until_it_is_uninstalled(port, _):
    import tls as firmware_tls

    kept = firmware_tls.SSLContext  # noqa: F841  (main, in sys.modules, has none of them)
    assert not {"tls", "ssl"} & set(sys.modules)
    latchkey.install(ROOT)
    import ssl

    import tls

    assert tls is not firmware_tls and tls.MBEDTLS_VERSION == firmware_tls.MBEDTLS_VERSION
    for module in (tls, ssl):
        for name in ("CERT_NONE", "CERT_OPTIONAL", "CERT_REQUIRED", "PROTOCOL_TLS_CLIENT", "PROTOCOL_TLS_SERVER"):
            assert getattr(module, name) == getattr(firmware_tls, name)
        context = module.create_default_context()
        assert isinstance(context, latchkey.SSLContext) and isinstance(context, module.SSLContext)
        echo(context.wrap_socket(connect(port), server_hostname="localhost"))
        assert not hasattr(module, "nothing_like_it")
    latchkey.uninstall()
    import ssl as ssl_again

    import tls as tls_again

    assert tls_again is firmware_tls and not issubclass(ssl_again.SSLContext, latchkey.SSLContext)
    assert ssl.SSLContext(0).verify_mode == 0 and not hasattr(ssl, "create_default_context")
    latchkey.uninstall()
    latchkey.install(ROOT)
    echo(by_ssl(port))


def an_ssl_that_was_loaded_before_is_reached_and_what_is_not_is_named(port, _):
    import ssl

    import loaded_before

    own = ssl.SSLContext, ssl.wrap_socket
    latchkey.install(ROOT)
    echo(loaded_before.ssl.wrap_socket(connect(port), server_hostname="localhost"))
    assert issubclass(ssl.SSLContext, latchkey.SSLContext)
    latchkey.uninstall()
    assert own == (ssl.SSLContext, ssl.wrap_socket) and sys.modules["ssl"] is ssl


def without_anchors_nothing_is_installed_and_it_is_said_how_to_find_the_root(port, _):
    import ssl

    import tls

    for function in (latchkey.install, latchkey.create_default_context):
        told = refused(function)
        assert told.startswith("TLSError") and "openssl s_client" in told and "cafile=" in told, told
    assert "missing.pem" in refused(latchkey.install, "missing.pem")
    for given in ({"unverified": "localhost"}, {"unverified": True}, {"verify_mode": 0}, {"check_hostname": False}):
        assert "unverified=[...]" in refused(latchkey.install, ROOT, **given)
    assert "nearest is 'pins'" in refused(latchkey.install, ROOT, pin=[])
    assert "receive_buffer" in refused(latchkey.install, ROOT, receive_buffer=1)
    assert not issubclass(ssl.SSLContext, latchkey.SSLContext) and not issubclass(tls.SSLContext, latchkey.SSLContext)


def public_roots_that_are_installed_are_used_and_named_ones_go_before(port, _):
    sys.path.append(PKI + "/roots")
    echo(latchkey.create_default_context().wrap_socket(connect(port), server_hostname="localhost"))
    latchkey.install()
    echo(by_tls(port))
    latchkey.install(PKI + "/other-root.pem")
    refused(by_tls, port)
    context = latchkey.create_default_context(PKI + "/other-root.pem")
    refused(context.wrap_socket, connect(port), server_hostname="localhost")


def what_it_was_given_each_context_begins_with(port, _):
    seen = []
    with open(ROOT) as file:
        latchkey.install(cadata=file.read(), receive_buffer=2048, trace=lambda *event: seen.append(event[1]), keep_peer_cert=False)
    s = by_ssl(port)
    echo(s)
    assert "ServerHello" in seen and s.getpeercert(True) is None
    latchkey.install(ROOT)
    s = by_ssl(port)
    print(s.getpeercert(True).hex())
    assert s.cipher()[1] == "TLSv1.2"
    latchkey.install(pins=[bytes(32)])
    assert "neither among the trust anchors" in refused(by_ssl, port)  # there are none: a pin needs no others


def servers_are_the_firmwares_own(port, _):
    latchkey.install(ROOT)
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    assert not isinstance(context, latchkey.SSLContext)
    context.load_cert_chain(PKI + "/served.der", PKI + "/served.key.der")
    with open(PKI + "/port") as file:
        free = int(file.read())
    heard = []

    async def serve(reader, writer):
        heard.append(await reader.readline())
        writer.write(b"from the firmware\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async def both():
        server = await asyncio.start_server(serve, "127.0.0.1", free, ssl=context)
        reader, writer = await asyncio.open_connection("127.0.0.1", free, ssl=True)
        writer.write(b"from latchkey\n")
        await writer.drain()
        heard.append(await reader.readline())
        writer.close()
        server.close()

    asyncio.run(both())
    assert heard == [b"from latchkey\n", b"from the firmware\n"], heard
    import tls

    assert type(tls.SSLContext(tls.PROTOCOL_DTLS_CLIENT)) is type(tls.SSLContext(tls.PROTOCOL_TLS_SERVER)) is not type(context)
    assert not refused(ssl.wrap_socket, connect(port), server_side=True, cert=b"none", key=b"none").startswith("TLSError")


def without_a_tls_of_the_firmwares_a_server_is_a_sentence(port, _):
    import errno as nothing_like_it

    sys.modules["tls"] = sys.modules["ssl"] = nothing_like_it
    latchkey.install(ROOT)
    import ssl

    import tls

    assert ssl is tls
    for protocol in (ssl.PROTOCOL_TLS_SERVER, ssl.PROTOCOL_DTLS_CLIENT, ssl.PROTOCOL_DTLS_SERVER):
        assert "no `tls` of its own" in refused(ssl.SSLContext, protocol)
    assert "no `tls` of its own" in refused(ssl.wrap_socket, connect(port), server_side=True)
    assert "TLS client" in refused(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).wrap_socket, connect(port), server_side=True)
    echo(by_ssl(port))
    latchkey.uninstall()
    assert sys.modules["tls"] is sys.modules["ssl"] is nothing_like_it


def the_file_for_firmware_without_ssl_verifies_or_says_what_is_missing(port, _):
    assert "ssl" not in sys.modules
    sys.path.insert(0, PKI + "/without_ssl")
    import ssl

    assert ssl.__file__.startswith(PKI)
    sys.path.pop(0)
    assert "openssl s_client" in refused(by_ssl, port)
    assert "openssl s_client" in refused(ssl.create_default_context)
    assert "TLS client" in refused(ssl.SSLContext, ssl.PROTOCOL_TLS_SERVER)
    context = ssl.create_default_context(ROOT)
    context.verify_mode = ssl.CERT_NONE
    assert context.wrap_socket(connect(port), server_hostname="localhost").report()["peer_kind"] == "CHAIN"
    latchkey.install(ROOT)
    echo(by_ssl(port))
    assert "TLS client" not in str(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    latchkey.uninstall()
    assert "openssl s_client" in refused(by_ssl, port)
    assert sys.modules["ssl"] is ssl and ssl.create_default_context


def the_firmwares_own_ssl_works_over_latchkey_as_tls(port, _):
    """The plain hook; who sets CERT_NONE is unverified by it."""
    sys.modules["tls"] = latchkey
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cafile=ROOT)
    context.load_cert_chain(PKI + "/device.pem", PKI + "/device.key")
    echo(context.wrap_socket(connect(port), server_hostname="localhost"))
    with open(PKI + "/root.der", "rb") as file:
        s = ssl.wrap_socket(connect(port), cert_reqs=ssl.CERT_REQUIRED, cadata=file.read(), server_hostname="localhost")
    echo(s)


def a_write_takes_a_place_and_a_length(port, context):
    s = context.wrap_socket(connect(port), server_hostname="localhost")
    text = b"0123456789\n"
    for arguments, sent in (
        ((text, 3, 2), b"34"),
        ((text, 8, 100), b"89\n"),
        ((memoryview(text), 0, 1), b"0"),
        ((text, 100, 4), b""),
        ((text, 9, -1), b"9\n"),
        ((text, 2), b"01"),
        (("text", 1, 2), b"ex"),
    ):
        assert s.write(*arguments) == len(sent), arguments
        if sent[-1:] != b"\n":
            assert s.write(b"\n") == 1
            sent += b"\n"
        assert s.readline() == bytes(reversed(sent[:-1])) + b"\n", arguments


main(globals())
