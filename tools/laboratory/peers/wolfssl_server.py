"""A server by wolfSSL's library that sends back what comes. Argument: JSON of port, suite, resumption ("id", "ticket" or ""), chain and
key or identity and psk, client_ca. "suites" names those that it knows, by IANA's names; "version" says which it is.
"""

import ctypes
import json
import socket
import sys
from ctypes import CFUNCTYPE, c_char_p, c_int, c_long, c_uint, c_void_p, create_string_buffer
from ctypes.util import find_library
from typing import Any

_PEM = 1
_REQUIRE = 1 | 2  # a certificate, and a verified one
_CACHE_OFF, _CACHE_SERVER = 0, 2
_PSK = CFUNCTYPE(c_uint, c_void_p, c_char_p, c_void_p, c_uint)

lib = ctypes.CDLL(find_library("wolfssl"))
lib.wolfTLSv1_2_server_method.restype = c_void_p
lib.wolfSSL_CTX_new.restype = lib.wolfSSL_new.restype = c_void_p
lib.wolfSSL_lib_version.restype = c_char_p
lib.wolfSSL_get_ciphers_iana.argtypes = [c_char_p, c_int]
for name, kinds in {
    "wolfSSL_CTX_new": [c_void_p],
    "wolfSSL_new": [c_void_p],
    "wolfSSL_free": [c_void_p],
    "wolfSSL_accept": [c_void_p],
    "wolfSSL_shutdown": [c_void_p],
    "wolfSSL_set_fd": [c_void_p, c_int],
    "wolfSSL_get_error": [c_void_p, c_int],
    "wolfSSL_read": [c_void_p, c_void_p, c_int],
    "wolfSSL_write": [c_void_p, c_void_p, c_int],
    "wolfSSL_CTX_set_cipher_list": [c_void_p, c_char_p],
    "wolfSSL_CTX_use_certificate_chain_file": [c_void_p, c_char_p],
    "wolfSSL_CTX_use_PrivateKey_file": [c_void_p, c_char_p, c_int],
    "wolfSSL_CTX_load_verify_locations": [c_void_p, c_char_p, c_char_p],
    "wolfSSL_CTX_set_verify": [c_void_p, c_int, c_void_p],
    "wolfSSL_CTX_set_session_cache_mode": [c_void_p, c_long],
    "wolfSSL_CTX_NoTicketTLSv12": [c_void_p],
    "wolfSSL_CTX_set_psk_server_callback": [c_void_p, _PSK],
    "wolfSSL_CTX_use_psk_identity_hint": [c_void_p, c_char_p],
}.items():
    getattr(lib, name).argtypes = kinds


def must(result: int, what: str) -> None:
    if result != 1:
        sys.exit(f"{what}: {result}")


def context(s: dict[str, Any]) -> tuple[Any, Any]:
    """A context, and what has to live as long."""
    made = lib.wolfSSL_CTX_new(lib.wolfTLSv1_2_server_method())
    answer = None
    if "chain" in s:
        must(lib.wolfSSL_CTX_use_certificate_chain_file(made, s["chain"].encode()), "chain")
        must(lib.wolfSSL_CTX_use_PrivateKey_file(made, s["key"].encode(), _PEM), "key")
    else:
        key = bytes.fromhex(s["psk"])

        def give(_: Any, identity: bytes, place: int, room: int) -> int:
            if identity != s["identity"].encode() or len(key) > room:
                return 0
            ctypes.memmove(place, key, len(key))
            return len(key)

        answer = _PSK(give)
        lib.wolfSSL_CTX_set_psk_server_callback(made, answer)
        must(lib.wolfSSL_CTX_use_psk_identity_hint(made, b"plant"), "hint")
    must(lib.wolfSSL_CTX_set_cipher_list(made, s["suite"].encode()), "suite")
    if "client_ca" in s:
        must(lib.wolfSSL_CTX_load_verify_locations(made, s["client_ca"].encode(), None), "client CA")
        lib.wolfSSL_CTX_set_verify(made, _REQUIRE, None)
    lib.wolfSSL_CTX_set_session_cache_mode(made, _CACHE_SERVER if s["resumption"] == "id" else _CACHE_OFF)
    if s["resumption"] != "ticket":
        lib.wolfSSL_CTX_NoTicketTLSv12(made)
    return made, answer


def serve(made: Any, sock: socket.socket) -> None:
    connection = lib.wolfSSL_new(made)
    lib.wolfSSL_set_fd(connection, sock.fileno())
    result = lib.wolfSSL_accept(connection)
    if result != 1:
        print("accept:", lib.wolfSSL_get_error(connection, result), flush=True)
    buf = create_string_buffer(16384)
    while result > 0 and (n := lib.wolfSSL_read(connection, buf, len(buf))) > 0:
        lib.wolfSSL_write(connection, buf, n)
    lib.wolfSSL_shutdown(connection)
    lib.wolfSSL_free(connection)


def main() -> None:
    lib.wolfSSL_Init()
    if sys.argv[1] == "version":
        print(lib.wolfSSL_lib_version().decode())
    elif sys.argv[1] == "suites":
        names = create_string_buffer(16384)
        lib.wolfSSL_get_ciphers_iana(names, len(names))
        print(names.value.decode().replace(":", "\n"))
    else:
        s = json.loads(sys.argv[1])
        made, _kept = context(s)
        with socket.create_server(("127.0.0.1", s["port"])) as listener:
            while True:
                sock = listener.accept()[0]
                sock.settimeout(None)
                with sock:
                    serve(made, sock)


main()
