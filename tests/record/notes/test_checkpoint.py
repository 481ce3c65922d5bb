"""Checkpoints and cosignatures: three lines, one log, and whoever has seen them."""

from base64 import b64encode

import pytest
from tests.record.notes.growing import LOG, NOW_S, ORIGIN, WITNESS, note, root

from truceline.base.errors import IntegrityError, TrucelineError, UnreadableError
from truceline.record.notes.checkpoint import (
    Checkpoint,
    Cosigned,
    checkpoint_of,
    cosignature,
    cosigned,
    read_checkpoint,
    witness_of,
)
from truceline.record.notes.note import COSIGNATURE, Signature, Signer, note_of, signature_of, signed, signer_of

# C2SP tlog-checkpoint and tlog-cosignature, the examples; the keys that made them are not public.
SOFA = """example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
""".encode()  # noqa: E501
# Of a public witness and of transparency-dev/formats, made by other programs.
REMORA = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"
ELSEWHERE = (
    "— w ZGhGuQAAAABm/qTPeyKXD+R2rzyQsxPiP8mXum7qq/iF0u4vanlqJyocWODBt97w9uL+8qT7S5gxEHWWOworDcFiEBYJXORmnFBOBA=="
)

SEVEN = Checkpoint(origin=ORIGIN, size=7, root=root(7))
ROOT_LINE = b64encode(root(7)).decode()


def cosigned_note(*moments_s: int, by: Signer = WITNESS) -> bytes:
    lines = "".join(cosignature(SEVEN.text(), by=by, at_s=at_s) for at_s in moments_s)
    return note(7) + lines.encode()


def test_the_public_example_is_read() -> None:
    whole = note_of(SOFA)
    checkpoint = checkpoint_of(whole.text)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20_852_163)
    assert checkpoint.text() == whole.text
    assert [each.name for each in whole.signatures] == ["example.com/behind-the-sofa", "witness.example.com/w1"]


@pytest.mark.parametrize(
    ("line", "at_s"), [(SOFA.decode().splitlines()[-1], 1_679_315_147), (ELSEWHERE, 1_727_964_367)]
)
def test_the_moment_stands_where_other_programs_put_it(line: str, at_s: int) -> None:
    content = signature_of(line).content
    assert int.from_bytes(content[:8], "big") == at_s
    assert len(content) == 8 + 64


def test_a_public_witnesss_key_is_read() -> None:
    assert witness_of(REMORA).vkey == REMORA
    assert witness_of(REMORA).kind == COSIGNATURE


def test_a_logs_key_is_not_taken_for_a_witnesss() -> None:
    with pytest.raises(UnreadableError, match="not one of a witness"):
        witness_of(LOG.verifier.vkey)


def test_what_is_signed_is_read_again() -> None:
    checkpoint, whole = read_checkpoint(SEVEN.signed_by(LOG), log=LOG.verifier)
    assert checkpoint == SEVEN
    assert whole.text == SEVEN.text()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"{ORIGIN}\n7\n", "expected three lines"),
        (f"{ORIGIN}\n7\n{ROOT_LINE}", "expected three lines"),
        (f"\n7\n{ROOT_LINE}\n", "expected three lines"),
        (f"{ORIGIN}\n07\n{ROOT_LINE}\n", "expected three lines"),
        (f"{ORIGIN}\n00\n{ROOT_LINE}\n", "expected three lines"),
        (f"{ORIGIN}\n-7\n{ROOT_LINE}\n", "expected three lines"),
        (f"{ORIGIN}\n+7\n{ROOT_LINE}\n", "expected three lines"),
        (f"{ORIGIN}\n7 \n{ROOT_LINE}\n", "expected three lines"),
        (f"{ORIGIN}\n0x7\n{ROOT_LINE}\n", "expected three lines"),
        (f"{ORIGIN}\n7.0\n{ROOT_LINE}\n", "expected three lines"),
        (f"{ORIGIN}\n\u0667\n{ROOT_LINE}\n", "expected three lines"),  # a seven in other digits
        (f"{ORIGIN}\n{'9' * 17}\n{ROOT_LINE}\n", "expected three lines"),
        (f"{ORIGIN}\n{'9' * 900_000}\n{ROOT_LINE}\n", "expected three lines"),
        (f"{ORIGIN}\n\n7\n{ROOT_LINE}\n", "expected three lines"),
        (f"{ORIGIN}\n7\n{ROOT_LINE[:-1]}\n", "expected three lines"),
        (f"{ORIGIN}\n7\n{ROOT_LINE[:-4]}\n", "expected three lines"),
        (f"{ORIGIN}\n7\n{root(7).hex()}\n", "expected three lines"),
        (f"{ORIGIN}\n7\n{ROOT_LINE[:-2]}{chr(ord(ROOT_LINE[-2]) + 1)}=\n", "expected three lines"),  # spare bits
        (f"{ORIGIN}\n7\n{ROOT_LINE}\n\n", "expected three lines"),
        (f"{ORIGIN}\n7\n{ROOT_LINE}\nvalid until noon\n", "stands 'valid until noon', which nobody here could check"),
        (f"{ORIGIN}\n7\n{ROOT_LINE}\nmore\nand more\n", "stands 'more'"),
    ],
)
def test_what_is_no_checkpoint_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(UnreadableError, match=words) as refused:
        checkpoint_of(text)
    assert len(str(refused.value)) < 300
    assert refused.value.remedy


def test_sizes_from_nothing_to_the_largest_are_read() -> None:
    for size in (0, 1, 10, 2**53, 10**16 - 1):
        assert checkpoint_of(f"{ORIGIN}\n{size}\n{ROOT_LINE}\n").size == size


def test_every_altered_byte_of_a_cosigned_checkpoint_is_found() -> None:
    """Refused, or not signed by the log, or no longer cosigned; never another checkpoint."""
    whole = cosigned_note(NOW_S)
    for at in range(len(whole)):
        for flip in (1, 0x20, 0x80):
            altered = whole[:at] + bytes([whole[at] ^ flip]) + whole[at + 1 :]
            try:
                checkpoint, found = read_checkpoint(altered, log=LOG.verifier)
                assert not cosigned(found, [WITNESS.verifier]), (at, flip)
                assert checkpoint == SEVEN
            except TrucelineError:
                pass


def test_a_checkpoint_of_another_log_is_refused() -> None:
    other_key = signer_of(ORIGIN, bytes(32))
    other_log = signer_of("truceline/hills", LOG.private)
    for content in (
        note(7, log=other_key),
        note(7, log=other_log),
        signed(SEVEN.text().replace(ORIGIN, "truceline/hills"), [LOG]),  # rightly signed, of another name
    ):
        with pytest.raises(IntegrityError, match="bears no signature by the key"):
            read_checkpoint(content, log=LOG.verifier)


def test_nobody_signs_for_a_log_of_another_name() -> None:
    with pytest.raises(AssertionError, match="cannot sign for the log"):
        SEVEN.signed_by(signer_of("truceline/hills", bytes(32)))


def test_a_cosignature_says_who_and_when() -> None:
    found = cosigned(note_of(cosigned_note(NOW_S)), [WITNESS.verifier])
    assert found == (Cosigned(name="observers.example/w1", at_s=NOW_S),)


def test_of_one_witness_the_latest_moment_counts() -> None:
    for moments_s in ((NOW_S, NOW_S + 5), (NOW_S + 5, NOW_S)):
        assert cosigned(note_of(cosigned_note(*moments_s)), [WITNESS.verifier])[0].at_s == NOW_S + 5


def test_a_witness_that_is_not_named_is_passed_over() -> None:
    other = signer_of("elsewhere.example/w", bytes(32), kind=COSIGNATURE)
    assert cosigned(note_of(cosigned_note(NOW_S, by=other)), [WITNESS.verifier]) == ()
    assert cosigned(note_of(cosigned_note(NOW_S)), []) == ()


def test_a_cosignature_with_another_moment_does_not_hold() -> None:
    line = note_of(cosigned_note(NOW_S)).signatures[-1]
    later = (NOW_S + 1).to_bytes(8, "big") + line.content[8:]
    forged = Signature(name=line.name, key_id=line.key_id, content=later)
    with pytest.raises(IntegrityError, match="does not hold"):
        cosigned(note_of(note(7) + forged.line.encode()), [WITNESS.verifier])


@pytest.mark.parametrize("at_s", [0, 2**63, 2**64 - 1])
def test_a_moment_that_cannot_be_does_not_hold_though_it_is_signed(at_s: int) -> None:
    message = f"cosignature/v1\ntime {at_s}\n{SEVEN.text()}".encode()
    line = WITNESS.line(message, before=at_s.to_bytes(8, "big"))
    with pytest.raises(IntegrityError, match="does not hold"):
        cosigned(note_of(note(7) + line.encode()), [WITNESS.verifier])
    with pytest.raises(AssertionError, match="no moment"):
        cosignature(SEVEN.text(), by=WITNESS, at_s=at_s)


def test_the_message_of_a_cosignature_is_the_one_of_the_standard() -> None:
    """Word for word from tlog-cosignature, so that another program's key checks it."""
    message = f"cosignature/v1\ntime {NOW_S}\n{ORIGIN}\n7\n{ROOT_LINE}\n".encode()
    line = signature_of(cosignature(SEVEN.text(), by=WITNESS, at_s=NOW_S)[:-1])
    assert WITNESS.verifier.holds(message, line.content[8:])


def test_a_logs_signature_is_no_cosignature_and_the_other_way_about() -> None:
    as_log = Signer(name=WITNESS.name, private=WITNESS.private)
    assert cosigned(note_of(signed(SEVEN.text(), [as_log])), [WITNESS.verifier]) == ()
    assert not note_of(cosigned_note(NOW_S)).signed_by(as_log.verifier)
    with pytest.raises(AssertionError):
        cosignature(SEVEN.text(), by=as_log, at_s=NOW_S)
    with pytest.raises(AssertionError):
        cosigned(note_of(note(7)), [LOG.verifier])
