"""Timestamps of an authority: that these bytes existed at a moment, by a clock that is not ours.

What is kept is the authority's answer as it came, so that plain `openssl ts -verify -data FILE -in TOKEN -CAfile CA`
checks it. The only importer of rfc3161_client.

Source: RFC 3161; RFC 5652, 5.1 (the set of certificates).
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.x509 import Certificate, InvalidVersion, load_der_x509_certificate, load_pem_x509_certificates
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from truceline.base.errors import InputError, IntegrityError, UnavailableError
from truceline.base.units import US_PER_S
from truceline.run.keeping.asking import Question, post

QUERY = "application/timestamp-query"
GRANTED = 0
_SHA256 = "2.16.840.1.101.3.4.2.1"
_SUBJECT = "timestamp"
_SEQUENCE, _SET, _OID, _INTEGER, _FIRST = 0x30, 0x31, 0x06, 0x02, 0xA0  # tags; the last: [0], constructed
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamped:
    """When the bytes existed at the latest, by the authority's clock, and who says so.

    `accuracy_us`: what the authority claims for its clock; None: it claims nothing.
    """

    at_us: int
    accuracy_us: int | None
    authority: str  # subject of the certificate that signed


def timestamp(content: bytes, url: str, *, timeout_s: float) -> bytes:
    """Ask the authority at `url` about `content`, of which it learns the SHA-256 only; its answer, DER, as it came.

    Check it with `check_token` before it is kept.

    Raises: InputError: the address. UnavailableError: no answer, or it refuses. IntegrityError: it answers another
        question: an old answer, or somebody between.
    """
    asked = TimestampRequestBuilder().data(content).hash_algorithm(HashAlgorithm.SHA256).build()
    answer = post(url, Question(body=asked.as_bytes(), kind=QUERY, timeout_s=timeout_s, subject=_SUBJECT))
    if answer.status != 200:
        raise _refused(f"the authority answered with status {answer.status}.")
    try:
        response = decode_timestamp_response(_in_order(answer.body))
        status, words = response.status, "; ".join(response.status_string)
        nonce = response.tst_info.nonce if status == GRANTED else None
    except ValueError:
        raise _refused("what the authority answered is no timestamp.") from None
    if status != GRANTED:
        raise _refused(f"the authority refused with status {status}: {words[:200] or 'without words'}.")
    if nonce != asked.nonce:
        raise _untrue("it answers another question than the one that was asked.")
    return answer.body


def check_token(token: bytes, content: bytes, ca_pem: bytes) -> Stamped:
    """What an authority's answer proves about `content`.

    Args:
        token: the answer, DER.
        ca_pem: certificates of the authorities that are trusted, PEM; those between them and the signer too, where the
            answer does not bring them.

    Raises: IntegrityError: it is for other bytes, altered, or leads to nobody who is trusted. InputError: `ca_pem`.
    Limits: certificates count as they stood at the moment of the stamp; whether one was revoked is not asked.
    """
    builder = VerifierBuilder()
    for trusted in _trusted(ca_pem):
        builder = builder.add_root_certificate(trusted)
    try:
        response = decode_timestamp_response(_in_order(token))
        if response.status != GRANTED:
            raise _untrue(f"it is a refusal, of status {response.status}.")
        imprint = response.tst_info.message_imprint.hash_algorithm.dotted_string
        if imprint != _SHA256:
            raise _untrue(f"it is over another hash than SHA-256: {imprint}.")
        builder.build().verify_message(response, content)
        return _stamped(response)
    except VerificationError as error:
        raise _untrue(f"it does not hold: {error}.") from None
    except (ValueError, InvalidVersion) as error:
        raise _untrue(f"it is no timestamp: {error}.") from None


def _stamped(response: TimeStampResponse) -> Stamped:
    said, claimed = response.tst_info, response.tst_info.accuracy
    accuracy_us = None
    if claimed is not None:
        accuracy_us = (claimed.seconds or 0) * US_PER_S + (claimed.millis or 0) * 1_000 + (claimed.micros or 0)
    since = said.gen_time.astimezone(UTC) - _EPOCH
    at_us = (since.days * 86_400 + since.seconds) * US_PER_S + since.microseconds
    return Stamped(at_us=at_us, accuracy_us=accuracy_us, authority=_signer(response).subject.rfc4514_string())


def _signer(response: TimeStampResponse) -> Certificate:
    (signer,) = response.signed_data.signer_infos
    brought = map(load_der_x509_certificate, response.signed_data.certificates)
    return next(c for c in brought if (c.issuer, c.serial_number) == (signer.issuer, signer.serial_number))


def _trusted(ca_pem: bytes) -> list[Certificate]:
    try:
        found = load_pem_x509_certificates(ca_pem)
    except ValueError:
        found = []
    if not found:
        raise InputError(
            "there is no certificate in it.",
            subject="keep.timestamps_ca",
            remedy="Put the authority's root certificate there, as PEM.",
        )
    return list(dict.fromkeys(found))


def _in_order(token: bytes) -> bytes:
    """The same answer with its certificates in the order that DER asks for a set; the signature does not cover it.

    Many authorities send them in the order of the chain; openssl takes both, our reader one. Raises: ValueError.
    """
    at, end = _inside(token, 0, _SEQUENCE)
    _, at = _inside(token, at, _SEQUENCE)  # behind the status
    if at == end:
        return token  # a refusal
    at, _ = _inside(token, at, _SEQUENCE)
    _, at = _inside(token, at, _OID)
    at, _ = _inside(token, at, _FIRST)
    at, end = _inside(token, at, _SEQUENCE)
    for tag in (_INTEGER, _SET, _SEQUENCE):  # version, digests, what is signed
        _, at = _inside(token, at, tag)
    if at == end or token[at] != _FIRST:
        return token
    at, end = first, _ = _inside(token, at, _FIRST)
    certificates = []
    while at < end:
        _, behind = _inside(token, at, token[at])
        certificates.append(token[at:behind])
        at = behind
    return token[:first] + b"".join(sorted(certificates)) + token[end:]


def _inside(content: bytes, at: int, tag: int) -> tuple[int, int]:
    """Where the value at `at` begins and ends. Raises: ValueError: it has another tag, or is cut short."""
    head = content[at : at + 2]
    if len(head) < 2 or head[0] != tag:
        raise ValueError(f"byte {at} begins no value of tag {tag:02x}")
    first, length = at + 2, head[1]
    if length >= 0x80:
        first += length - 0x80
        length = int.from_bytes(content[at + 2 : first], "big")
    if first + length > len(content):
        raise ValueError(f"the value at byte {at} is cut short")
    return first, first + length


def _refused(problem: str) -> UnavailableError:
    return UnavailableError(
        problem, subject=_SUBJECT, remedy="It is asked again later; ask the authority, if this stays so."
    )


def _untrue(problem: str) -> IntegrityError:
    return IntegrityError(
        problem,
        subject=_SUBJECT,
        remedy="Do not keep it as proof. Check address and certificate of the authority with whoever runs it.",
    )
