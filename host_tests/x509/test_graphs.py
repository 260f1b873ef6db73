"""Path building in random graphs of CAs: a path is found where, and only where, one is found by trying everything.

A graph is up to ten certificates between up to five names with one or two keys each, cross-signed and in circles as it comes; some have
expired, are not for servers, may not sign, limit the path below, exclude the leaf's name, or have a signature that is none.
"""

import random
from dataclasses import dataclass, field

import pytest

from host_tests.x509 import maker as make
from host_tests.x509.cases import Presented, judge

SEED = 20261126
GRAPHS = 1000

HERE, ELSEWHERE = (make.name_constraints(excluded=make.subtrees(make.dns(domain))) for domain in ("example.com", "example.org"))
OLD = make.seq(make.tlv(0x17, b"240101000000Z"), make.tlv(0x17, b"250101000000Z"))

Node = tuple[str, make.Key]  # a name and one of its keys


@dataclass
class Edge:
    """A CA's certificate, by what a path may fail for."""

    subject: Node
    issuer: Node
    usable: bool
    path_length: int | None
    excludes: bool


@dataclass
class Graph:
    """Certificates and what they say; the leaf's issuer; the anchors."""

    leafs_issuer: Node
    anchors: list[Node] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    certificates: list[make.Certificate] = field(default_factory=list)

    def presented(self) -> Presented:
        leaf = make.leaf(holder(self.leafs_issuer))
        anchors = tuple(make.authority(name, key=key) for name, key in self.anchors)
        return Presented((leaf, *self.certificates), anchors)

    def has_path(self, below: tuple[Edge, ...] = ()) -> bool:
        """Whether there is a path, found by trying everything."""
        wanted = below[-1].issuer if below else self.leafs_issuer
        return wanted in self.anchors or any(
            self.has_path((*below, edge))
            for edge in self.edges
            if edge.subject == wanted
            and edge.usable
            and not edge.excludes
            and allows(edge, below)
            and edge.subject not in (e.subject for e in below)
        )


def allows(edge: Edge, below: tuple[Edge, ...]) -> bool:
    return edge.path_length is None or sum(e.subject[0] != e.issuer[0] for e in below) <= edge.path_length


def holder(node: Node) -> make.Certificate:
    """An issuer, as far as making certificates below it goes."""
    return make.Certificate(b"", make.name(node[0]), node[1], b"", b"", "sha256", 0x0403)


def graph(chooser: random.Random) -> Graph:
    names = [f"Node {i}" for i in range(chooser.randint(2, 5))]
    nodes = [(name, make.ec_key(f"{name} {i}")) for name in names for i in range(chooser.choice((1, 1, 2)))]
    made = Graph(chooser.choice(nodes), [chooser.choice(nodes) for _ in range(chooser.choice((1, 1, 1, 2)))])
    for _ in range(chooser.randint(1, 10)):
        add_edge(made, chooser.choice(nodes), chooser.choice(nodes), chooser)
    return made


def add_edge(made: Graph, subject: Node, issuer: Node, chooser: random.Random) -> None:
    changes, options = {}, {}
    length, constraint = chooser.choice((None, None, None, 0, 1, 2)), chooser.choice((None,) * 10 + (HERE, ELSEWHERE))
    fault = chooser.choice((None,) * 8 + ("old", "clients", "signs", "forged"))
    if fault == "old":
        options["validity"] = OLD
    elif fault == "forged":
        options["signature"] = make.ec_key("nobody").sign(b"something else")
    elif fault == "clients":
        changes["eku"] = make.extended_key_usage(make.CLIENT_AUTH)
    elif fault == "signs":
        changes["usage"] = make.key_usage(make.CRL_SIGN)
    if constraint:
        changes["nc"] = constraint
    made.certificates.append(make.authority(subject[0], holder(issuer), length, key=subject[1], changes=changes, **options))
    made.edges.append(Edge(subject, issuer, not fault, length, constraint is HERE))


@pytest.mark.targets("unix")
def test_finds_a_path_where_trying_everything_does(target):
    chooser = random.Random(SEED)
    graphs = [graph(chooser) for _ in range(GRAPHS)]
    verdicts = judge(target, [made.presented() for made in graphs], (4096,))
    found = [verdict.startswith("accept CHAIN ") for verdict in verdicts]
    there = [made.has_path() for made in graphs]
    assert [i for i in range(GRAPHS) if found[i] != there[i]] == []
    assert GRAPHS // 4 < sum(there) < GRAPHS * 3 // 4
