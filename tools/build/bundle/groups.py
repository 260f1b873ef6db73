"""Which modules are joined: those that are always loaded and dropped together. What is in no group stays a module of its own, unless
all that import it at their top are of one group and go when it goes (`complete`): so a new module needs no entry.

A group is named for its part of a connection. It imports those that stand before it at its top, the others where they are used.
`module:name, name` takes only these names of a module; another group has the rest.
Code that a core may not run (kernels), tables that may be left out, and what is seldom loaded stay by themselves; so does
`crypto.verify`, which is handed around as an object.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tools.build.bundle import table
from tools.build.bundle.package import Module, Package, Thing, Whole

GROUPS = {
    "_core": (  # what a context and a connection are as long as they live
        "errors",
        "crypto.util",
        "crypto.job",
        "crypto.kernels",
        "crypto.hashes",
        "x509.peer",
        "x509.trust",
        "tls.record",
        "tls.connection",
        "tls.key_agreement",
        "identity",
        "transport",
        "release",
        "packing",
        "stream",
        "context",
    ),
    "_records": ("crypto.aes", "crypto.aead", "crypto.gcm"),
    "_entropy": ("entropy", "entropy.sources", "entropy.drbg", "entropy.health", "entropy.pool"),
    "_port": ("entropy.port",),
    "_hello": (
        "tls.messages:vector, list16, encode_client_hello, decode_server_hello",
        "tls.cipher_suites:SUITES, offered, find, hash_of",
        "tls.hello",
    ),
    "_handshake": ("tls.handshake",),
    "_path": (
        "x509.signature",
        "x509.clock",
        "x509.policy",  # an object of it outlives what reads certificates, and would keep a group with that
        "x509.path",
        "x509.validation",
    ),
    "_certificate": (
        "x509.der",
        "x509.keys",
        "x509.rdn",
        "x509.elements",
        "x509.certificate",
    ),
    "_files": ("x509.pem", "x509.anchor", "identity_files", "loading"),
    "_server_auth": ("tls.messages:decode_server_key_exchange", "tls.server_auth"),
    "_field": ("crypto.field.weierstrass", "crypto.field.machine"),
    "_verifying": (
        "crypto.weierstrass:Curve, invert, open_curve, load_point, load_affine, load_base, enter_point, table_script, check",
        "crypto.p256:_P, _N, _B, _G, _INVERT_P, _INVERT_N, _base_table, CURVE",
        "crypto.ecdsa",
    ),
    "_signing": (
        "crypto.weierstrass:multiply, multiply_base, _finish, draw, in_range",
        "crypto.p256:generate, in_range, public, shared",
        "crypto.ecdsa_sign",
        "tls.client_auth",
    ),
    "_finish": ("tls.cipher_suites:_LENGTHS, prf, protections", "tls.finish"),
    "_resumption": ("tls.resumption",),
    # By itself, each, for its names to be short
    "_wrapping": ("wrapping",),
    "_seeding": ("entropy.seeding",),
    "_application_data": ("tls.application_data",),
}


def complete(package: Package, groups: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The groups, with each module that has no place and is loaded and dropped with one of them."""
    found = dict(groups)
    gone = table.gone(package)
    apart = set().union(*(_apart(module) for module in package.modules.values()))
    heads = {module.name: _heads(module) for module in package.modules.values()}
    alone = [
        module.name
        for module in package.modules.values()
        if not (module.name in apart or module.file.endswith("__init__.py") or ".kernel_" in module.full)
    ]
    users = {name: [user for user, names in heads.items() if name in names] for name in alone}
    while joining := next(_joining(users, gone, found), None):
        module, group = joining
        found[group] = (module, *found[group])
    return found


def _joining(users: dict[str, list[str]], gone: dict, groups: dict[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    """Each module without a place, with the one group that all its users are in."""
    places: dict[str, set[str]] = {}
    for group, members in groups.items():
        for member in members:
            places.setdefault(member.partition(":")[0], set()).add(group)
    for name, of in users.items():
        homes = [places.get(user, set()) for user in of]
        alike = all(home == homes[0] for home in homes) and all(gone[user] == gone[name] for user in of)
        if name not in places and homes and len(homes[0]) == 1 and alike:
            yield name, next(iter(homes[0]))


def _heads(module: Module) -> set[str]:
    """What it imports at its top."""
    return {meaning.module for meaning in module.means.values() if isinstance(meaning, Thing | Whole)} - {module.name}


def _apart(module: Module) -> set[str]:
    """Modules that it hands on as objects, or can do without."""
    whole = {name: meaning.module for name, meaning in module.means.items() if isinstance(meaning, Whole)}
    asked = {id(node.value) for node in ast.walk(module.tree) if isinstance(node, ast.Attribute)}
    found = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in whole and id(node) not in asked:
            found.add(whole[node.id])
        elif isinstance(node, ast.Try) and any("ImportError" in ast.unparse(handler.type or node) for handler in node.handlers):
            for inner in ast.walk(node):
                if isinstance(inner, ast.ImportFrom):
                    found |= {str(inner.module).removeprefix("latchkey.") + end for alias in inner.names for end in ("", "." + alias.name)}
    return found
