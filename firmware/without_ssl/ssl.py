"""For firmware that has no `ssl`: `import ssl` is latchkey, as after `latchkey.install()`, which gives it anchors. It goes into /lib."""

from latchkey.as_ssl import (
    CERT_NONE,
    CERT_OPTIONAL,
    CERT_REQUIRED,
    PROTOCOL_TLS_CLIENT,
    PROTOCOL_TLS_SERVER,
    SSLContext,
    create_default_context,
    wrap_socket,
)

__all__ = (
    "CERT_NONE",
    "CERT_OPTIONAL",
    "CERT_REQUIRED",
    "PROTOCOL_TLS_CLIENT",
    "PROTOCOL_TLS_SERVER",
    "SSLContext",
    "create_default_context",
    "wrap_socket",
)
