"""The encoding against the signed text: what clauses cite, what none cites, whether the sign-off still holds.

What counts as a passage, what a citation means and what is hashed: `parse/literate.py`.
"""

import difflib
from collections.abc import Iterator

from truceline.mandate.parse.literate import Passage, SignedText, slug
from truceline.model import mandate as m
from truceline.model.remark import Remark

Citing = m.Clause | m.Watch | m.Attribution | m.Response | m.Suspension


def cited_remarks(mandate: m.Mandate, signed: SignedText | None, *, looked_for: bool) -> Iterator[Remark]:
    """ANCHOR, SILENT, SIGNED-OFF and UNSIGNED, in no particular order.

    Args:
        looked_for: whether somebody looked for the text that the mandate names; then it is said where it is missing.
    """
    if signed is None:
        if looked_for and mandate.header.text:
            yield _of_missing(mandate)
        return
    if not signed.opaque:
        yield from _of_citations(mandate, signed)
    yield from _of_sign_off(mandate, signed)


def _of_missing(mandate: m.Mandate) -> Remark:
    """A text that is named and not there: a sign-off against it cannot be held to."""
    named, signed_off = mandate.header.text, bool(mandate.header.text_sha256)
    unsaid = ": whether the sign-off still holds cannot be said." if signed_off else "; no citation was checked."
    return Remark(
        code="SIGNED-OFF" if signed_off else "UNSIGNED",
        line=0,
        subject=mandate.name,
        words=f"{named} is not beside this text{unsaid}",
        suggestion=f"Put {named} into the same folder, or mend its name; nothing outside the folder is read.",
    )


def _of_citations(mandate: m.Mandate, signed: SignedText) -> Iterator[Remark]:
    cited: set[Passage] = set()
    for subject, item in _citing(mandate):
        found = signed.cited(item.cites)
        cited.update(found)
        if len(found) != 1:
            yield _of_anchor(subject, item, signed, found)
    silent = [each for each in signed.passages if each.says and each not in cited]
    if silent:
        named = ", ".join(f"{each.name} (line {each.line})" for each in silent)
        yield Remark(
            code="SILENT",
            line=0,
            subject=mandate.name,
            words=f"nothing cites {len(silent)} passage{'' if len(silent) == 1 else 's'} of {signed.file}: {named}.",
            suggestion="Encode what each demands in an item that cites it; what nothing cites is not watched.",
        )


def _citing(mandate: m.Mandate) -> Iterator[tuple[str, Citing]]:
    """Every item that cites something, and how messages call it. A clause and a watch always do."""
    yield from ((f"clause {each.name}", each) for each in mandate.clauses)
    yield from ((f"watch {each.name}", each) for each in mandate.watches)
    if mandate.attribution and mandate.attribution.cites:
        yield f"attribution {mandate.attribution.body}", mandate.attribution
    yield from ((f"response {each.name}", each) for each in mandate.responses if each.cites)
    yield from ((f"suspension {each.name}", each) for each in mandate.suspensions if each.cites)


def _of_anchor(subject: str, item: Citing, signed: SignedText, found: tuple[Passage, ...]) -> Remark:
    """A citation that leads nowhere, or to several passages."""
    stated, _, _ = item.cites.partition(":")
    wanted, known = slug(stated), [each.name for each in signed.passages]
    if found:
        lines = " and ".join(str(each.line) for each in found)
        words = f"{subject} cites {stated!r}, and that is what lines {lines} of {signed.file} are called."
        suggestion = "Mark the one that is meant with {#name} at its end, and cite that name."
    else:
        words = f"{subject} cites {stated!r}; {signed.file} has no passage {wanted or 'without a name'}."
        near = difflib.get_close_matches(wanted, known, n=1, cutoff=0.5)
        suggestion = f"Mark the passage with {{#{wanted}}} at its end." if wanted else 'Write cites "Article 2".'
        suggestion = f"Did you mean {near[0]}? {suggestion}" if near else suggestion
    return Remark(code="ANCHOR", line=item.line, subject=subject, words=words, suggestion=suggestion)


def _of_sign_off(mandate: m.Mandate, signed: SignedText) -> Iterator[Remark]:
    stated = mandate.header.text_sha256
    setting = f'text "{mandate.header.text or signed.file}" sha256 "{signed.sha256}"'
    if not stated:
        yield Remark(
            code="UNSIGNED",
            line=0,
            subject=mandate.name,
            words=f"nobody has signed this encoding off against {signed.file}.",
            suggestion=f"Once both were read side by side, write {setting}",
        )
    elif stated != signed.sha256:
        yield Remark(
            code="SIGNED-OFF",
            line=0,
            subject=mandate.name,
            words=f"{signed.file} was changed after this encoding was signed off against it: its SHA-256 now is "
            f"{signed.sha256}.",
            suggestion=f"Read both side by side again, then write {setting}",
        )
