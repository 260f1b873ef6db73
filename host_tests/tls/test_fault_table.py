"""The fault table is whole: every cause that a server can bring about has a row, and each row's alert is the one of errors.py."""

import ast

from host_tests.tls.fault_cases import CASES
from tools.build.places import ROOT

FIRMWARE = ROOT / "firmware" / "latchkey"

# Causes that no server brings about by itself, and where they are tested.
ELSEWHERE = {
    "CONNECTION_CLOSED": "callers/test_stream.py",
    "TAKEN_OVER": "callers/test_context.py",
    "HANDSHAKE_TIMEOUT": "callers/test_deadlines.py",
    "INTERRUPTED": "callers/test_deadlines.py",
    "NO_ANCHORS": "callers/test_context.py",
    "NO_SERVER_HOSTNAME": "callers/test_context.py",
    "NO_ROOT": "callers/test_install.py",
    "TRANSPORT_FAILED": "callers/test_stream.py",
    "IN_A_CALL": "callers/test_callbacks.py",
    "OTHER_THREAD": "callers/test_callbacks.py",
    "KEY_NOT_THE_LEAFS": "callers/test_identity.py",
    "KEY_NOT_UNDERSTOOD": "callers/test_identity.py",
    "NO_CERTIFICATE_FOUND": "callers/test_identity.py",
    "REQUEST_NOT_SIGNED": "callers/test_certificate_request.py",
    "OWN_SIGNATURE_WRONG": "tls/test_client_traffic.py",
    "KEY_WORN_OUT": "on_target/tls_record.py",
    "PROTOCOL_NOT_OFFERED": "tls/test_alpn.py",
    "NO_PRE_SHARED_KEY": "tls/test_psk.py",
    "RESUMED_WITH_OTHER_SUITE": "tls/test_resumption.py",
    "RESUMED_WITHOUT_EXTENDED_MASTER_SECRET": "tls/test_resumption.py",
    "KEY_MAY_NOT_ENCRYPT": "tls/test_key_transport.py",
    "NO_MAC_TO_PLACE": "tls/test_block_cipher.py",
}


def catalogue(package: str) -> dict[int, str]:
    """Number -> name of a package's causes."""
    tree = ast.parse((FIRMWARE / "errors_text" / f"{package}.py").read_text())
    text = next(ast.literal_eval(node.value) for node in tree.body if isinstance(node, ast.Assign))
    return {number: name for number, (name, _) in text.items()}


def alerts() -> dict[int, int]:
    """Number -> alert, 255 for none."""
    tree = ast.parse((FIRMWARE / "errors.py").read_text())
    table = next(node.value for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_ALERTS")
    return {first + i: alert for first, _, line in ast.literal_eval(table) for i, alert in enumerate(line)}


def test_names_are_unique() -> None:
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)


def test_every_cause_that_a_server_brings_about_has_a_row() -> None:
    wanted = {*catalogue("tls").values(), *catalogue("connection").values(), "POINT_NOT_ON_CURVE", "BAD_TAG"}
    assert wanted - {case.cause for case in CASES} == set(ELSEWHERE)


def test_the_alert_of_each_row_is_the_one_of_its_cause() -> None:
    sent = {}
    for package in ("connection", "tls", "x509", "crypto"):
        for number, name in catalogue(package).items():
            sent.setdefault(name, set()).add(alerts()[number])
    for case in CASES:
        if case.cause and case.cause in sent:
            assert (255 if case.alert is None else case.alert) in sent[case.cause], case.name
