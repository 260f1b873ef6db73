"""The fault table (fault_cases/) against the client, and against OpenSSL beside it. Emulated boards: test_faults_emulated.py."""

import errno

import pytest
from OpenSSL import SSL

from host_tests.peers import openssl
from host_tests.peers.drive import Client
from host_tests.targets import Target
from host_tests.tls.fault_cases import CASES, Case
from host_tests.tls.fault_cases.case import DEVICE, ROOT

EACH = pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])


@pytest.fixture(scope="module")
def client(target: Target) -> Client:
    return Client(target)


def options(case: Case) -> dict:
    """What the client does after the handshake: it has 100 bytes echoed, or reads 100 where the server has a script for its data."""
    usual = {"read": 100} if case.script.data is not None else {"write": 100, "read": 100}
    return {**usual, **case.options}


@pytest.mark.targets("unix", "serial")
@EACH
def test_the_client_meets_a_server_that(case: Case, client: Client) -> None:
    judge(case, client)


def judge(case: Case, client: Client) -> None:
    """Let the client meet the server, and hold both to the row."""
    asked = options(case)
    outcome, session = client.meet(case.script, ROOT, DEVICE if case.identity else None, **asked)
    assert session.violations == []
    if case.cause is None:
        assert (outcome.name, outcome.errno) == (None, None), outcome
        assert outcome.end if asked["read"] == "end" else outcome.data == asked["read"]
        assert session.established
        assert session.closed
        assert session.alert is None
        return
    assert outcome.name == case.cause or errno.errorcode.get(outcome.errno or 0) == case.cause, outcome
    assert outcome.dead
    assert session.alert == case.alert
    assert not session.closed
    if outcome.name:
        assert "None" not in str(outcome.message)
        assert outcome.stage == case.stage
        assert outcome.alert == (case.alert if case.cause != "ALERT_RECEIVED" else outcome.alert)


@EACH
def test_openssl_meets_a_server_that(case: Case) -> None:
    """Not to test OpenSSL: a server that did not do what its row says would be told by OpenSSL's different verdict."""
    asked = options(case)
    name = asked.get("name", "localhost")
    peer = openssl.Client(openssl.context_for(ROOT, name), case.script, name)
    refused = False
    try:
        peer.run(peer.tls.do_handshake)
        if asked.get("write"):
            peer.echo(bytes(asked["write"]))
        else:
            left = asked["read"]
            while left == "end" or left > 0:
                got = peer.read()
                if not got:
                    break
                left = left if left == "end" else left - len(got)
    except (SSL.Error, AssertionError):
        refused = True
    if case.openssl:
        assert refused == (case.cause is not None)
