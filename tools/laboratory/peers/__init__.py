"""Servers that others wrote. `real` has those that tests start as they like, and what all servers share; PEERS are those of the table of
peers, by the name that `make interop PEERS=` takes, each loaded when it is asked for."""

from collections.abc import Callable
from importlib import import_module
from typing import Any


def _peer(module: str, name: str) -> Callable[[], Any]:
    return lambda: getattr(import_module(f"tools.laboratory.peers.{module}"), name)


PEERS: dict[str, Callable[[], Any]] = {
    "openssl": _peer("openssl", "OpenSSLPeer"),
    "gnutls": _peer("gnutls", "GnuTLSPeer"),
    "mbedtls": _peer("mbedtls", "MbedTLSPeer"),
    "tlslite": _peer("tlslite", "TlslitePeer"),
    "go": _peer("go", "GoPeer"),
    "jsse": _peer("jsse", "JssePeer"),
    "erlang": _peer("erlang", "ErlangPeer"),
    "node": _peer("node", "NodePeer"),
    "nginx": _peer("nginx", "NginxPeer"),
    "mosquitto": _peer("mosquitto", "MosquittoPeer"),
    "haproxy": _peer("haproxy", "HAProxyPeer"),
    "stunnel": _peer("stunnel", "StunnelPeer"),
    "nss": _peer("nss", "NssPeer"),
    "wolfssl": _peer("wolfssl", "WolfSSLPeer"),
}
