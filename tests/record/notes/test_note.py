"""Signed notes and keys as text: the public examples hold, and no altered byte passes."""

from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import budget

from truceline.base.errors import IntegrityError, TrucelineError, UnreadableError
from truceline.record.notes.note import (
    COSIGNATURE,
    MOST_BYTES,
    Signer,
    Verifier,
    note_of,
    signature_of,
    signed,
    signer_of,
    verifier_of,
)

# C2SP signed-note, the example; and two of Go's sumdb/note, made by another program.
FOO = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE = """This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
""".encode()
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETERS_SECRET = b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
BOTH = """If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=
""".encode()
QUASIMODO = """Ognuno sta solo sul cuor della terra
trafitto da un raggio di sole:

ed è subito sera.

— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=
"""  # noqa: E501 - as the document has it; its key is not public


def holds(content: bytes, vkey: str) -> bool:
    """As every caller reads a note: False also where it is no note, or its line does not hold."""
    try:
        return note_of(content).signed_by(verifier_of(vkey))
    except TrucelineError:
        return False


@pytest.mark.parametrize(("content", "vkey"), [(EXAMPLE, FOO), (BOTH, PETER), (BOTH, ENOCH)])
def test_the_public_examples_hold(content: bytes, vkey: str) -> None:
    assert holds(content, vkey)
    assert verifier_of(vkey).vkey == vkey


def test_the_public_secret_signs_as_its_own_program_did() -> None:
    text, first = BOTH.decode().split("\n\n")
    peter = signer_of("PeterNeumann", PETERS_SECRET)
    assert peter.verifier.vkey == PETER
    assert signed(text + "\n", [peter]).decode() == f"{text}\n\n{first.splitlines()[0]}\n"


def test_blank_lines_belong_to_the_text_but_for_the_last() -> None:
    note = note_of(QUASIMODO.encode())
    assert note.text.endswith("raggio di sole:\n\ned è subito sera.\n")
    assert [each.name for each in note.signatures] == ["quasimodo.example/salvatore"]
    assert note.signatures[0].key_id.hex() == "367ba04b"


def test_every_altered_byte_is_found() -> None:
    for at in range(len(EXAMPLE)):
        for flip in (1, 2, 0x20, 0x80, EXAMPLE[at] ^ ord("\n")):
            if flip:
                assert not holds(EXAMPLE[:at] + bytes([EXAMPLE[at] ^ flip]) + EXAMPLE[at + 1 :], FOO), (at, flip)


def test_every_cut_and_every_added_byte_is_found() -> None:
    for at in range(len(EXAMPLE)):
        assert not holds(EXAMPLE[:at], FOO), at
        assert not holds(EXAMPLE[at:], FOO) or at == 0
        assert not holds(EXAMPLE[:at] + b"x" + EXAMPLE[at:], FOO), at
        assert not holds(EXAMPLE[:at] + EXAMPLE[at + 1 :], FOO), at


def test_a_signer_whom_nobody_knows_is_passed_over() -> None:
    other = signer_of("example.com/other", bytes(32))
    text, line = EXAMPLE.decode().split("\n\n")
    foreign = other.line(b"another text altogether")
    assert holds(f"{text}\n\n{foreign}{line}".encode(), FOO)
    assert holds(f"{text}\n\n{line}{foreign}".encode(), FOO)
    assert not holds(f"{text}\n\n{foreign}".encode(), FOO)


def test_the_same_name_with_another_id_is_somebody_else() -> None:
    """As after a change of keys: the old line stands beside the new one."""
    same_name = signer_of("example.com/foo", bytes(32))
    assert same_name.verifier.key_id != verifier_of(FOO).key_id
    assert holds(EXAMPLE + same_name.line(b"whatever").encode(), FOO)
    assert not holds(signed("This is an example message.\n", [same_name]), FOO)


def test_the_same_id_with_another_name_is_somebody_else() -> None:
    assert holds(EXAMPLE + EXAMPLE.split(b"\n\n")[1].replace(b"/foo", b"/bar"), FOO)
    assert not holds(EXAMPLE.replace(b"/foo", b"/bar"), FOO)


def test_one_bad_line_of_a_known_key_refuses_the_whole_note() -> None:
    bad = Signer(name="PeterNeumann", private=PETERS_SECRET).line(b"another text")
    for content in (BOTH + bad.encode(), BOTH.replace(b"\n\n", b"\n\n" + bad.encode())):
        with pytest.raises(IntegrityError, match="PeterNeumann does not hold"):
            note_of(content).signed_by(verifier_of(PETER))
        assert holds(content, ENOCH)  # to whom the line is one of somebody else


def test_a_signature_that_is_too_short_or_too_long_does_not_hold() -> None:
    line = note_of(EXAMPLE).signatures[0]
    for content in (line.content[:-1], line.content + b"x", b"x"):
        changed = type(line)(name=line.name, key_id=line.key_id, content=content)
        with pytest.raises(IntegrityError):
            note_of(b"This is an example message.\n\n" + changed.line.encode()).signed_by(verifier_of(FOO))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no blank line"),
        (b"text\n", "no blank line"),
        (b"text\n\n", "no blank line"),
        (EXAMPLE[:-1], "no blank line"),
        (EXAMPLE + b"\n", "no blank line"),
        (EXAMPLE + b"\ntext\n", "no signature line"),
        (EXAMPLE.replace(b"\n", b"\r\n"), "control character"),
        (b"a\0" + EXAMPLE, "control character"),
        (b"\t" + EXAMPLE, "control character"),
        (EXAMPLE.replace(b"This", b"\x1b[31mThis"), "control character"),
        (b"\xff" + EXAMPLE, "byte 0 is not UTF-8"),
        (b"ok\xc0\xaf" + EXAMPLE, "byte 2 is not UTF-8"),
        (b"\xed\xa0\x80" + EXAMPLE, "byte 0 is not UTF-8"),  # half of a pair
        (EXAMPLE.replace("— ".encode(), b"- "), "no signature line"),
        (EXAMPLE.replace("— ".encode(), "—".encode()), "no signature line"),
        (EXAMPLE.replace("— ".encode(), "—\u00a0".encode()), "no signature line"),
        (EXAMPLE.replace(b"/foo ", b"/foo  "), "no signature line"),
        (EXAMPLE.replace(b"/foo ", b"/fo+o "), "no signature line"),
        (EXAMPLE.replace(b"example.com/foo ", b" "), "no signature line"),
        (EXAMPLE.replace(b"example.com/foo", "example.com\u2003foo".encode()), "no signature line"),
        (EXAMPLE.replace(b"aQM=\n", b"aQM= \n"), "no signature line"),
        (EXAMPLE.replace(b"aQM=\n", b"aQM\n"), "no signature line"),
        (EXAMPLE.replace(b"aQM=\n", b"aQN=\n"), "no signature line"),  # other spare bits, same bytes
        (EXAMPLE.replace(b"aQM=\n", b"aQ-_\n"), "no signature line"),
        ("t\n\n— a AAAAAA==\n".encode(), "no signature line"),  # four bytes: an id alone
        (b"x" * (MOST_BYTES + 1), "1,000,001 bytes; at most 1,000,000"),
    ],
)
def test_what_is_no_note_is_refused_in_words(content: bytes, words: str) -> None:
    with pytest.raises(UnreadableError, match=words):
        note_of(content)


def test_the_largest_note_is_read_and_sixteen_signatures_are() -> None:
    signers = [signer_of(f"example.com/{number}", bytes([number] * 32)) for number in range(16)]
    whole = note_of(signed("x" * (MOST_BYTES - 4_000) + "\n", signers))
    assert all(whole.signed_by(each.verifier) for each in signers)


def test_what_nobody_could_read_is_not_signed() -> None:
    for text in ("a\tb\n", "x" * MOST_BYTES + "\n", "no newline"):
        with pytest.raises((AssertionError, UnreadableError)):
            signed(text, [signer_of("example.com/foo", bytes(32))])


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "example.com/foo",
        FOO.replace("530d903a", "530d903b"),
        FOO.replace("530d903a", "530D903A"),
        FOO.replace("530d903a", "30d903a"),
        FOO.replace("/foo", "/bar"),
        FOO.replace("foo", "f oo"),
        FOO.replace("U2k", "U2"),
        FOO.replace("+Aek", "+Bek"),  # another kind of key
        FOO + "+more",
        FOO + "AAAA",
        "x" * 100_000,
    ],
)
def test_what_is_no_key_is_refused(vkey: str) -> None:
    with pytest.raises(UnreadableError) as refused:
        verifier_of(vkey)
    assert len(str(refused.value)) < 300


def test_every_altered_letter_of_a_key_is_found() -> None:
    """But for the key of somebody else that hashes alike, which takes about four thousand million tries."""
    for at in range(len(FOO)):
        with pytest.raises(UnreadableError):
            verifier_of(FOO[:at] + ("B" if FOO[at] != "B" else "C") + FOO[at + 1 :])


def test_one_key_has_another_id_for_another_kind_of_signature() -> None:
    public = verifier_of(FOO).public
    log, witness = (Verifier(name="example.com/foo", public=public, kind=kind) for kind in (1, COSIGNATURE))
    assert log.key_id != witness.key_id
    assert verifier_of(witness.vkey) == witness


@pytest.mark.parametrize(
    ("name", "private"), [("", bytes(32)), ("a b", bytes(32)), ("a+b", bytes(32)), ("a", bytes(31)), ("a", bytes(64))]
)
def test_an_impossible_signer_is_refused(name: str, private: bytes) -> None:
    with pytest.raises(UnreadableError):
        signer_of(name, private)


def test_no_text_of_a_signer_shows_its_key() -> None:
    shown = repr(signer_of("PeterNeumann", PETERS_SECRET))
    assert PETERS_SECRET.hex() not in shown
    assert "private" not in shown


@budget(60)
@given(
    text=st.text(st.characters(blacklist_categories=("Cs",), min_codepoint=0x20) | st.just("\n"), max_size=80),
    secrets=st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=3, unique=True),
)
def test_what_is_signed_is_read_again(text: str, secrets: list[bytes]) -> None:
    signers = [signer_of(f"{number}.example/é", secret) for number, secret in enumerate(secrets)]
    note = note_of(signed(text + "\n", signers))
    assert note.text == text + "\n"
    assert all(note.signed_by(each.verifier) for each in signers)
    assert [signature_of(each.line[:-1]) for each in note.signatures] == list(note.signatures)


@budget(100)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_note_or_refused(content: bytes) -> None:
    try:
        note_of(content)
    except UnreadableError:
        return
    assert b"\n\n" in content
