"""Certificate requests and public keys that a board makes, by a key in a file and by one in a chip. OpenSSL judges them."""

import ast

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from host_tests.targets import Target, TargetError
from tools.laboratory.simulated_chip import bench

KEYS = {
    "P-256": ec.generate_private_key(ec.SECP256R1()),
    "P-384": ec.generate_private_key(ec.SECP384R1()),
    "RSA": rsa.generate_private_key(65537, 2048),
}
FILE = "from latchkey import certificate_request as request, device_key\nkey = device_key.read('device.key')"


def pem_of(public) -> str:
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def load(target: Target, name: str) -> None:
    target.put("device.key", KEYS[name].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    target.reset()
    target.exec(FILE)


@pytest.mark.parametrize("name", KEYS)
def test_a_key_in_a_file_signs_its_request(target: Target, name: str) -> None:
    load(target, name)
    subject = "CN=pump 7\\\\, left,OU=Böden,O=Plant,L=Ulm,ST=BW,C=DE,serialNumber=17"
    request = x509.load_pem_x509_csr(target.exec(f"print(request.csr(key, '{subject}'))").encode())
    assert request.is_signature_valid and list(request.extensions) == []
    assert [attribute.value for attribute in request.subject] == ["pump 7, left", "Böden", "Plant", "Ulm", "BW", "DE", "17"]
    assert pem_of(request.public_key()) == pem_of(KEYS[name].public_key())


@pytest.mark.targets("unix")
@pytest.mark.parametrize("name", KEYS)
def test_a_public_key_is_what_openssl_makes_of_it(target: Target, name: str) -> None:
    load(target, name)
    assert target.exec("print(request.public_key_pem(key), end='')") == pem_of(KEYS[name].public_key())


@pytest.mark.targets("unix")
@pytest.mark.parametrize("subject", ["serialNumber=a_b", "serialNumber=\u00e4", "C=D!"])
def test_letters_that_a_printable_string_has_not_are_refused(target: Target, subject: str) -> None:
    load(target, "P-256")
    with pytest.raises(TargetError, match=r"ValueError: .* has letters, digits and"):
        target.exec(f"request.csr(key, {subject!r})")


@pytest.mark.targets("unix")
@pytest.mark.parametrize("subject", ["", "CN", "CN=", "=x", "CN=a,", "X=a", "cn=a", "C=DEU", "CN=" + 65 * "a", "CN=a=b,O"])
def test_a_subject_that_is_none_is_refused_with_an_example(target: Target, subject: str) -> None:
    load(target, "P-256")
    with pytest.raises(TargetError, match=r"ValueError: .*a subject is CN=device 7,O=Plant"):
        target.exec(f"request.csr(key, {subject!r})")


@pytest.mark.targets("unix")
def test_a_request_whose_signature_is_wrong_is_not_given_out(target: Target) -> None:
    load(target, "P-256")
    target.exec("""
class Other:
    schemes, public_key = key.schemes, key.public_key
    def sign(self, scheme, digest):
        return (yield from key.sign(scheme, bytes(32)))
""")
    with pytest.raises(TargetError, match=r"TLSError: \(-315, 'the signature of the certificate request does not verify"):
        target.exec("request.csr(Other(), 'CN=a')")


@pytest.mark.targets("unix")
def test_a_key_that_is_none_is_said_to_be(target: Target) -> None:
    load(target, "P-256")
    with pytest.raises(TargetError, match=r"TLSError: \(-311, 'the private key is not understood"):
        target.exec("device_key.read(b'no key')")


def test_a_chip_signs_the_request_for_its_key(target: Target) -> None:
    target.reset()
    with bench(target) as chip:
        chip.reset(setup="tls_client")
        for slot in (0, 1):
            key = ec.derive_private_key(int(chip.controls.do_private_key(slot), 16), ec.SECP256R1()).public_key()
            request = x509.load_pem_x509_csr(chip.exec(f"print(chip.csr({slot}, 'CN=pump 7'))").encode())
            assert request.is_signature_valid and request.subject.rfc4514_string() == "CN=pump 7"
            assert pem_of(request.public_key()) == pem_of(key) == chip.exec(f"print(chip.public_key_pem({slot}), end='')")
        outcome = ast.literal_eval(chip.exec("print(outcome(lambda: chip.csr(3, 'CN=a')))"))
        assert outcome[:2] == ("fault", "SLOT_POLICY")
