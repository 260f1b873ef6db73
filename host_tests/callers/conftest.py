"""A PKI's files, and the servers that the callers' tests meet."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from host_tests.peers.reluctant import reluctant
from tools.laboratory import pki
from tools.laboratory.peers.real import OpenSSL


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pki")
    pki.demo()[0].write(path)
    return path


@pytest.fixture(scope="module")
def peer() -> Iterator[OpenSSL]:
    with OpenSSL(pki.demo()[1], cipher="ECDHE-ECDSA-AES128-GCM-SHA256", options=["-rev"]) as server:
        yield server


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Where a server listens that ends, stalls and speaks as it is told."""
    with reluctant(pki.demo()[1]) as port:
        yield port
