"""Timestamps by a real authority on loopback: what it signed holds, plain openssl agrees, and nothing else holds."""

import random
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import pytest
from tests.timestamps import Authority, answering, authority, make_authority, openssl, reply

from truceline.base.errors import InputError, IntegrityError, UnavailableError
from truceline.run.keeping.timestamps import check_token, timestamp

CONTENT = b"truceline/valley\n7\nroot\n"


@pytest.fixture(scope="module")
def tsa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    with authority(tmp_path_factory.mktemp("tsa")) as running:
        yield running


@pytest.fixture(scope="module")
def token(tsa: Authority) -> bytes:
    return timestamp(CONTENT, tsa.url, timeout_s=20)


@pytest.fixture(scope="module")
def refusal(tsa: Authority) -> bytes:
    """What the authority answers to a hash that it does not take."""
    return tsa.reply(openssl(tsa.folder, "ts", "-query", "-sha384", "-data", "/dev/stdin", given=CONTENT))


def holds_by_openssl(tsa: Authority, token: bytes, content: bytes, folder: Path) -> bool:
    (folder / "content").write_bytes(content)
    (folder / "token").write_bytes(token)
    given = ("-data", folder / "content", "-in", folder / "token", "-CAfile", tsa.ca_path)
    try:
        return b"Verification: OK" in openssl(tsa.folder, "ts", "-verify", *given)
    except AssertionError:
        return False


def test_a_token_says_when_and_who(tsa: Authority, token: bytes) -> None:
    stamped = check_token(token, CONTENT, tsa.ca_pem)
    printed = openssl(tsa.folder, "ts", "-reply", "-in", "/dev/stdin", "-text", given=token).decode()
    said = printed.split("Time stamp: ")[1].split("\n")[0].replace("GMT", "+0000")
    moment = datetime.strptime(said, "%b %d %H:%M:%S %Y %z")
    assert stamped.at_us == int(moment.timestamp()) * 1_000_000
    assert stamped.accuracy_us == 1_000_000
    assert stamped.authority == "CN=Testing Authority tsa"
    assert "Hash Algorithm: sha256" in printed
    assert "Nonce: 0x" in printed


def test_plain_openssl_verifies_the_token_as_it_is_kept(tsa: Authority, token: bytes, tmp_path: Path) -> None:
    assert holds_by_openssl(tsa, token, CONTENT, tmp_path)
    assert not holds_by_openssl(tsa, token, CONTENT + b"x", tmp_path)


def test_a_token_is_for_these_bytes_only(tsa: Authority, token: bytes) -> None:
    with pytest.raises(IntegrityError, match="Mismatch between messages"):
        check_token(token, CONTENT[:-1], tsa.ca_pem)


def test_an_authority_that_is_not_trusted_proves_nothing(tsa: Authority, token: bytes, tmp_path: Path) -> None:
    make_authority(tmp_path)  # of the same name
    with pytest.raises(IntegrityError, match="does not hold"):
        check_token(token, CONTENT, (tmp_path / "ca.pem").read_bytes())
    both = (tmp_path / "ca.pem").read_bytes() + tsa.ca_pem + tsa.ca_pem
    assert check_token(token, CONTENT, both) == check_token(token, CONTENT, tsa.ca_pem)


@pytest.mark.parametrize("pem", [b"", b"no PEM", b"-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----"])
def test_a_file_without_certificates_is_the_missions_own_fault(token: bytes, pem: bytes) -> None:
    with pytest.raises(InputError, match="no certificate"):
        check_token(token, CONTENT, pem)


def test_certificates_in_the_order_of_the_chain_are_read(tsa: Authority, tmp_path: Path) -> None:
    """OpenSSL's own authority sends the signer first, however the bytes sort."""
    with answering(lambda query: (200, tsa.reply(query, "-chain", "ca.pem"))) as url:
        token = timestamp(CONTENT, url, timeout_s=20)
    assert check_token(token, CONTENT, tsa.ca_pem).authority == "CN=Testing Authority tsa"
    assert holds_by_openssl(tsa, token, CONTENT, tmp_path)


def test_a_certificate_that_may_not_stamp_is_refused(tsa: Authority, token: bytes) -> None:
    """The library takes over the signature; here is that it looks at what the certificate is for."""
    form = ("-binary", "-nodetach", "-outform", "DER", "-econtent_type", "1.2.840.113549.1.9.16.1.4")
    whose = ("-signer", "web.pem", "-inkey", "web.key")
    given = _info(tsa, token)
    signed_by_web = openssl(tsa.folder, "cms", "-sign", *form, *whose, "-in", "/dev/stdin", given=given)
    status = bytes.fromhex("3003020100")
    answer = b"\x30\x82" + (len(status) + len(signed_by_web)).to_bytes(2, "big") + status + signed_by_web
    with pytest.raises(IntegrityError, match="unsuitable certificate purpose"):
        check_token(answer, CONTENT, tsa.ca_pem)


def _info(tsa: Authority, token: bytes) -> bytes:
    """What the authority signed: the token's inner part."""
    (tsa.folder / "token").write_bytes(token)
    openssl(tsa.folder, "ts", "-reply", "-in", "token", "-token_out", "-out", "inner")
    return openssl(tsa.folder, "cms", "-verify", "-noverify", "-inform", "DER", "-in", "inner")


@pytest.mark.filterwarnings("ignore:Parsed a serial number")  # of a certificate that was damaged
def test_every_altered_byte_is_refused_or_without_effect(tsa: Authority, token: bytes, tmp_path: Path) -> None:
    """Without effect are bytes that the signature does not cover; then plain openssl lets them pass too."""
    good, silent = check_token(token, CONTENT, tsa.ca_pem), []
    for at in range(len(token)):
        altered = token[:at] + bytes([token[at] ^ 1]) + token[at + 1 :]
        try:
            assert check_token(altered, CONTENT, tsa.ca_pem) == good, at
            silent.append(altered)
        except IntegrityError:
            pass
    assert len(silent) < 20
    assert all(holds_by_openssl(tsa, altered, CONTENT, tmp_path) for altered in silent[:4])


@pytest.mark.filterwarnings("ignore:Parsed a serial number")  # of a certificate that was damaged
def test_a_damaged_token_is_refused_in_words_however_damaged(tsa: Authority, token: bytes) -> None:
    chained, dice = tsa.reply(_query(tsa), "-chain", "ca.pem"), random.Random(8)
    for whole in (token, chained):
        for _ in range(300):
            at = dice.randrange(len(whole))
            damaged = (whole[:at], whole[:at] + dice.randbytes(1) + whole[at + 1 :], whole + dice.randbytes(1))
            for each in damaged:
                with suppress(IntegrityError):
                    assert check_token(each, CONTENT, tsa.ca_pem).accuracy_us == 1_000_000


def _query(tsa: Authority) -> bytes:
    return openssl(tsa.folder, "ts", "-query", "-sha256", "-cert", "-data", "/dev/stdin", given=CONTENT)


@pytest.mark.filterwarnings("ignore:Parsed a serial number")  # of a certificate that was damaged
def test_a_certificate_of_an_impossible_version_is_refused_in_words(tsa: Authority) -> None:
    chained = tsa.reply(_query(tsa), "-chain", "ca.pem")
    version = bytes.fromhex("a003020102")
    for at in [at for at in range(len(chained)) if chained.startswith(version, at)]:
        altered = chained[: at + 4] + b"\x03" + chained[at + 5 :]
        with pytest.raises(IntegrityError):
            check_token(altered, CONTENT, tsa.ca_pem)


def test_a_stronger_hash_than_the_one_that_was_asked_is_refused(tsa: Authority) -> None:
    query = openssl(tsa.folder, "ts", "-query", "-sha512", "-cert", "-data", "/dev/stdin", given=CONTENT)
    with pytest.raises(IntegrityError, match="another hash than SHA-256"):
        check_token(tsa.reply(query), CONTENT, tsa.ca_pem)


def test_an_old_answer_is_not_taken_for_a_new_one(tsa: Authority, token: bytes) -> None:
    with answering(lambda _query: (200, token)) as url, pytest.raises(IntegrityError, match="another question"):
        timestamp(CONTENT, url, timeout_s=20)


def test_an_answer_without_certificates_is_refused(tsa: Authority) -> None:
    query = openssl(tsa.folder, "ts", "-query", "-sha256", "-data", "/dev/stdin", given=CONTENT)
    with pytest.raises(IntegrityError, match="does not hold"):
        check_token(tsa.reply(query), CONTENT, tsa.ca_pem)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((200, b""), "no timestamp"),
        ((200, b"<html>sign in first</html>"), "no timestamp"),
        ((503, b""), "status 503"),
        ((302, b""), "status 302"),  # nobody is led elsewhere
        ((200, bytes(300_000)), "more than 262,144 bytes"),
    ],
)
def test_an_authority_that_gives_nothing_is_asked_again_later(answer: tuple[int, bytes], words: str) -> None:
    with answering(lambda _query: answer) as url, pytest.raises(UnavailableError, match=words):
        timestamp(CONTENT, url, timeout_s=20)


def test_an_authority_that_refuses_is_quoted(refusal: bytes) -> None:
    words = "status 2: Message digest algorithm is not supported"
    with answering(lambda _query: (200, refusal)) as url, pytest.raises(UnavailableError, match=words):
        timestamp(CONTENT, url, timeout_s=20)


def test_a_refusal_that_was_kept_is_no_token(tsa: Authority, refusal: bytes) -> None:
    with pytest.raises(IntegrityError, match="a refusal, of status 2"):
        check_token(refusal, CONTENT, tsa.ca_pem)


def test_the_authority_learns_the_hash_and_not_the_content(tsa: Authority) -> None:
    asked: list[bytes] = []

    def noted(query: bytes) -> tuple[int, bytes]:
        asked.append(query)
        return 200, reply(tsa.folder, query)

    with answering(noted) as url:
        timestamp(CONTENT, url, timeout_s=20)
        timestamp(CONTENT, url, timeout_s=20)
    assert CONTENT not in asked[0]
    assert asked[0] != asked[1]  # each with a number of its own


@pytest.mark.parametrize(
    "url",
    [
        "http://tsa.example/stamp",
        "http://127.0.0.1.example/",
        "http://127.0.0.2/",
        "ftp://127.0.0.1/",
        "file:///etc/hostname",
        "https://",
        "https://name:secret@tsa.example/",
        "https://tsa.example/#part",
        "https://tsa.example/a b",
        "https://tsa.example/\r\nHost: other",
        "https://tsa.example:port/",
        "https://[::1",
        "tsa.example",
        "",
    ],
)
def test_only_https_or_this_machine_is_asked(url: str) -> None:
    with pytest.raises(InputError, match="no address to ask"):
        timestamp(CONTENT, url, timeout_s=1)


def test_nobody_listening_is_said() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(UnavailableError, match=r"127\.0\.0\.1: "):
            timestamp(CONTENT, f"http://127.0.0.1:{taken.getsockname()[1]}", timeout_s=5)


@contextmanager
def speaking(speak: Callable[[socket.socket], None]) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def once() -> None:
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                connection.recv(65_536)
                speak(connection)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65_536):
                    pass

        thread = threading.Thread(target=once, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(20)
        assert not thread.is_alive()


def _drip(piece: bytes) -> Callable[[socket.socket], None]:
    def speak(connection: socket.socket) -> None:
        wait = threading.Event()
        try:
            while not wait.wait(0.03):
                connection.sendall(piece)
        except OSError:
            pass

    return speak


@pytest.mark.parametrize(
    ("begins", "goes_on"),
    [
        (b"", b"x"),
        (b"HTTP/1.1 200 OK\r\nX: ", b"x"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
    ],
)
def test_an_answer_byte_by_byte_ends_in_time(begins: bytes, goes_on: bytes) -> None:
    """Each byte begins the socket's own wait anew; the whole has an end all the same, or this test has none."""

    def speak(connection: socket.socket) -> None:
        connection.sendall(begins)
        _drip(goes_on)(connection)

    with speaking(speak) as url, pytest.raises(UnavailableError, match="did not answer in time"):
        timestamp(CONTENT, url, timeout_s=0.3)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (b"", "broke off"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n0", "broke off"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n900\r\n0", "no HTTP|broke off"),
        (b"220 mail.example\r\n", "no HTTP"),
    ],
)
def test_an_answer_that_breaks_off_is_none(said: bytes, words: str) -> None:
    with speaking(lambda connection: connection.sendall(said)) as url, pytest.raises(UnavailableError, match=words):
        timestamp(CONTENT, url, timeout_s=20)
