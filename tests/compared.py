"""A comparison made by hand: answers by what is counted, and what the view makes of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from view_cases import NOW, V3, answer, asks

from bitly_data.errors import AnswerError, BitlyError
from bitly_data.query import ClickQuery, edges_of
from bitly_data.series import failed
from bitly_data.sources.base import Capabilities
from bitly_data.sources.model import Account, Link
from bitly_data.views import compare, compare_totals
from bitly_data.views.answers import Answer, Unasked
from bitly_data.views.compare import Lines
from bitly_data.views.compare_totals import TotalsValue
from bitly_data.views.lineup import Lineup, parse_item
from bitly_data.views.page_query import PageQuery

A, B, C = "a.example", "b.example", "c.example"
ANN, BOB = "ann", "bob"
ONE, TWO = "bit.ly/One", "bit.ly/Two"
ACCOUNT = Account("ann", (A, B), ("site.example",), (ANN, BOB))
LINKS = (Link(ONE, "First link", "https://site.example/1", ANN, 0), Link(TWO, "", "", BOB, 0))
Clicks = Mapping[str, list[int] | BitlyError | dict[str, Any]]


def page(*items: str, source: Capabilities = V3, **more: Any) -> PageQuery:
    """A page's question of three days, about these items or what `by` says."""
    lineup = {
        name: more.pop(name) for name in ("by", "form", "scale", "log", "most") if name in more
    }
    lineup |= {"own_scales": more.pop("own_scales")} if "own_scales" in more else {}
    query = ClickQuery(units=3).replace(**more.pop("query", {}))
    known = {"account": ACCOUNT, "links": LINKS, **more}
    return asks(query, source, lineup=Lineup(tuple(map(parse_item, items)), **lineup), **known)


def what(query: ClickQuery) -> str:
    """What a question counts, in a word or two: `all`, `a.example @ann`, `unlisted`."""
    if query.link:
        return query.link
    if query.unlisted:
        return "unlisted"
    words = [*query.domains, *([f"@{query.login}"] if query.login else [])]
    return " ".join(words) or "all"


def answered(page_query: PageQuery, clicks: Clicks) -> dict[ClickQuery, Answer]:
    """All that a comparison takes, asked in rounds, by what is counted."""
    answers: dict[ClickQuery, Answer] = {}
    while wanted := [q for q in compare.questions(page_query, answers) if q not in answers]:
        assert len(answers) < 99, "there is no end of questions"
        for query in wanted:
            answers[query] = _answer(page_query, query, clicks.get(what(query), [0] * 3))
    return answers


def _answer(page_query: PageQuery, query: ClickQuery, found: Any) -> Answer:
    if isinstance(found, BitlyError):
        first = query.until == page_query.query.until and len(query.domains) < 2
        return failed(query, found.user_message, NOW) if first else found
    if isinstance(found, dict):
        if query.timezone == "UTC":
            found = {**found, "offset": None}
        elif "offset" in found:  # days of UTC, whatever the zone
            end = NOW if query.until is None else query.until
            found = {**found, "edges": edges_of(query.replace(timezone="UTC"), end)}
        more = dict(found)
        return answer(query, more.pop("clicks"), more.pop("states", None), **more)
    return answer(query, found)


def lines_of(page_query: PageQuery, clicks: Clicks) -> Lines:
    return compare.load(page_query, answered(page_query, clicks))


def totals_of(
    page_query: PageQuery,
    clicks: Clicks,
    changed: Callable[[ClickQuery], Answer] = lambda _: Unasked(45),
) -> TotalsValue:
    answers = answered(page_query, clicks)
    found = compare.load(page_query, answers)
    while wanted := [
        query
        for query in compare_totals.change_questions(page_query, found, answers)
        if query not in answers
    ]:
        answers |= {query: changed(query) for query in wanted}
    return compare_totals.present_totals(page_query, found, answers)


def cells(value: TotalsValue) -> dict[str, list[Any]]:
    """The columns of the table by name."""
    assert value.section.table is not None
    return {column.name: list(column.values) for column in value.section.table.columns}


def parts_of(lines: Lines) -> dict[str, list[int | None]]:
    """The clicks of each line by its name; no number where none is known."""
    every = (*lines.parts, *lines.rest)
    return {part.series.name: numbers(part.series) for part in every}


def numbers(series: Any) -> list[int | None]:
    pairs = zip(series.clicks.tolist(), series.known.tolist(), strict=True)
    return [clicks if known else None for clicks, known in pairs]


REFUSED = AnswerError("Nobody answered.")
