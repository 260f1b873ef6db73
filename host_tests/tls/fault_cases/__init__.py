"""The fault table: what a server may do, and what the client makes of it; one row a case, one file a concern.

A row names one thing the server does, the cause that the client gives for it, the alert it sends (None for no alert), and the stage of
the handshake. Rows without a cause are what must be tolerated. To add one, put a Case into the file of its concern; the fields of
`peers.scripted.Script` say what a server can be made to do. test_faults.py runs the client on them, and OpenSSL beside it.
"""

from . import alerts, certificates, client_authentication, hello, key_change, key_exchange, records
from .case import Case

CASES: tuple[Case, ...] = (
    *hello.CASES,
    *certificates.CASES,
    *key_exchange.CASES,
    *client_authentication.CASES,
    *key_change.CASES,
    *records.CASES,
    *alerts.CASES,
)
