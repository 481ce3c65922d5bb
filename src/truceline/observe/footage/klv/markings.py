"""How the source wants its footage handled, in words: a MISB ST 0102 security set.

Truceline never interprets a marking; it carries it along, so that whoever releases anything sees it.
Source: MISB ST 0102.12, section 6.1 (items 1 to 14).
"""

from tstrans.exceptions import TstError
from tstrans.klv import SecurityClassification, decode_security


def marking_of(content: bytes) -> str:
    """The marking a security set states, such as "Restricted; country //DE; caveat FOUO"; "" where it is unreadable.

    Args:
        content: the value of the set, without key and length.
    """
    try:
        stated = decode_security(content)
    except TstError:
        return ""
    level = stated.security_classification
    named = (
        ("", level.name.replace("_", " ").capitalize() if isinstance(level, SecurityClassification) else level),
        ("country", stated.classifying_country),
        ("handling", stated.sci_shi_info),
        ("caveat", stated.caveats),
        ("releasable to", stated.releasing_instructions),
        ("object countries", _latin(stated.object_country_codes)),
        ("declassified on", stated.declassification_date),
    )
    words = [f"{name} {value}".strip() for name, value in named if value not in (None, "")]
    return "; ".join(" ".join(word.split()) for word in words)


def _latin(text: str | None) -> str | None:
    """Codes of countries that were written in plain letters where the standard wants two bytes for each."""
    if text is None or text.isascii():
        return text
    plain = text.encode("utf-16-be", "replace").decode("latin-1")
    return plain if plain.isascii() else text
