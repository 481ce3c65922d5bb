"""Which lines of a page saved as plain text are the article: K is kept, - is left out."""

import pytest

from truceline.guarantee.reading.lines import sort_lines

CASES = {
    "headline, byline and date above, titles of others below": """
- Home | News | Talks | Weather
K Wetland says it will not send troops to the zone
- By Jane Roe
- 12 March 2031, 10:05
K The government of Wetland will not send troops to the zone, its minister said on Tuesday.
K He gave no reason.
- Read Next
- Markets fall after storm
- 2d ago
- Ferry strike enters its third day
- 3d ago
""",
    "a title with its byline amid the text": """
K The minister said that the force would be sent only if both capitals asked for it.
- Herring quota is cut again
- By Tom Weir
K The parliament has to agree before any of them may leave the country.
K A vote is expected before the end of the month.
""",
    "a box of titles amid the text does not end it": """
K The minister said that the force would be sent only if both capitals asked for it.
- RELATED
- Herring quota is cut again
- Ferry strike enters its third day
K The parliament has to agree before any of them may leave the country.
K A vote is expected before the end of the month.
""",
    "a standfirst, then byline and date": """
K What the valley wants
K In her first interview since the vote, the president sets out what she would do and what not.
- Text: Piet Oland | 4 July 2031
K The president received us in a small study at the back of the house, without any flags.
K She would not say when the soldiers are to leave, or for how long they are to stay.
- Most read
- What the cat brought in
""",
    "one title with its byline and its first sentence ends the article": """
K The minister said that the force would be sent only if both capitals asked for it.
- Herring quota is cut again
- By Tom Weir
- The fishermen of the north will have to stay at home for a third of the coming year.
""",
    "a sub-heading with a date far down": """
K The minister said that the force would be sent only if both capitals asked for it.
K “We were never asked,” he said.
K “We were never told,” he said.
K “We were never there,” he said.
K “We were never seen,” he said.
K “We were never paid,” he said.
K “We were never thanked,” he said.
K “We were never missed,” he said.
K “We were never heard,” he said.
K What was agreed on 12 June 2031
K The two capitals agreed that neither of them would ask for a force before the other did.
""",
    "sub-headings and a list after a colon": """
K The mission would need more than soldiers, and the draft says what it is to bring:
K - drones
K - three hospitals
K 3) money for the first of its two years
K What the draft leaves out
K It does not say who is to pay for any of it, or when the money is due.
""",
    "short sentences between others": """
K Asked whether her country would join, the minister took her time before she answered.
K “No,” she said.
K Nobody in the room wrote down what she said after that, and she did not repeat it.
""",
    "advertisements and calls of the site between paragraphs": """
K Russia has said that it would not support such a force on the territory of its neighbour.
- Advertisement
- JOIN US ON TELEGRAM
- Follow our coverage of the war on @somewhere_official.
- Sign up for our newsletter
- Photo: a staircase in the rain
- READ MORE: What the valley wants
K The paper wrote that the step was delicate and would need a cautious approach on all sides.
- Share this article
- © 2031 The Selm Ledger. All rights reserved.
""",
    "the headline shown twice at the top is kept once": """
- Wetland says no to sending troops - The Selm Ledger
K Wetland says no to sending troops
K The government of Wetland will not send troops to the zone, its minister said on Tuesday.
""",
    "a sentence said twice stays once": """
K The government of Wetland will not send troops to the zone, its minister said on Tuesday.
K “We were never asked whether we would, and we would not have said yes,” she said.
- The government of Wetland will not send troops to the zone, its minister said on Tuesday.
K “We were never told why it is us that they have in mind,” said the minister after that.
""",
    "clauses of a communiqué that end in commas": """
K The Council of the Nine States,
K Recalling its decision of last year on the demilitarised zone in the valley,
K Noting with concern that the truce has been broken more often than in the year before;
K (a) calls on both parties to withdraw all of the weapons that the agreement names;
K (b) decides to remain seized of the matter until the last of them is gone.
""",
}


@pytest.mark.parametrize("name", CASES)
def test_lines_are_kept_as_marked(name: str) -> None:
    marked = CASES[name].strip().split("\n")
    found = sort_lines("\n\n".join(line[2:] for line in marked))
    assert [f"{'K' if kept else '-'} {row.words}" for row, kept in zip(found.rows, found.kept, strict=True)] == marked


def test_a_marked_date_is_read_and_is_none_of_the_text() -> None:
    found = sort_lines("\ufeff date 2031-03-12 The minister said that the force would be sent only if asked for.\n")
    assert found.marked == "2031-03-12"
    assert found.rows[0].words.startswith("The minister")


def test_lines_wrapped_by_hand_are_one_paragraph() -> None:
    found = sort_lines(
        "Statement\n\nThe parties to the agreement have met in the town of Brunnau and have\n"
        "found that the truce was broken on both sides of the line more often\nthan in the month "
        "before, and that nobody had looked into most of it\nuntil now.\n\nThey will meet again in a month from "
        "today, in the same town and\nin the same room.\n"
    )
    assert [row.words.split()[0] for row in found.rows] == ["Statement", "The", "They"]
    assert found.rows[1].words.endswith("until now.")


def test_a_text_in_another_script_is_kept_by_its_marks() -> None:
    file = "Міністр не підтвердив цієї звістки\n\n"
    file += "Міністр сказав у вівторок, що країна не буде надсилати війська до цієї зони.\n\n"
    file += "Він додав, що це рішення парламенту, і що воно не буде змінене до кінця року.\n\n2031-03-12\n\n© 2031\n"
    found = sort_lines(file)
    assert found.kept == (True, True, True, False, False)


def test_a_list_without_sentences_is_kept_whole() -> None:
    found = sort_lines("Wetland\n\nUpland\n\nAdvertisement\n\nLakeland\n")
    assert [row.words for row, kept in zip(found.rows, found.kept, strict=True) if kept] == [
        "Wetland",
        "Upland",
        "Lakeland",
    ]
