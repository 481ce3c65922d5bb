"""The text of a document, and where each of its characters stands in the file."""

from dataclasses import dataclass

from truceline.model.document import Form, Span

AROUND = 32  # characters of prefix and suffix
JOINT = "\n"  # between the parts of a body that were kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A file as decoded, and what of it is read.

    `body`: the parts that are the text, each ended by a line break, markup and furniture left out. `at`: for each
    character of `body`, its offset in `file`; of a character written as an entity, where that begins; of the breaks
    between parts, where the part before ends. `ends`: likewise, one past the character's last.
    """

    file: str
    form: Form
    body: str
    at: tuple[int, ...]
    ends: tuple[int, ...]

    def span(self, start: int, end: int) -> Span:
        """The place in the file of `body[start:end]`, which is not empty. Args: offsets in `body`."""
        assert 0 <= start < end <= len(self.body), f"no such part: {start}, {end}"
        return Span(
            start=self.at[start],
            end=self.ends[end - 1],
            exact=self.body[start:end],
            prefix=self.body[max(0, start - AROUND) : start],
            suffix=self.body[end : end + AROUND],
        )
