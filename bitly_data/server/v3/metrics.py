"""v3's answers about where clicks come from, and about the links and domains of the user.

Of where a click came from the store knows nothing: all clicks stand in one row, under v3's own word
for a country that it did not know, or as "unknown". The user is the organization: its links are
those that link_history lists.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bitly_data.hosts import plain_host
from bitly_data.server.store import Selection
from bitly_data.server.v3.call import Call, Data, Refusal
from bitly_data.server.v3.clicks import answered, bounds, clicks_of, echoed, link_selection
from bitly_data.server.v3.links import days_of
from bitly_data.server.v3.question import Question, question_of
from bitly_data.server.words import V3_LINK_UNITS, V3_ORGANIZATION_UNITS

UNKNOWN: Final = "unknown"
# What a table is called, and what a row of it is called by and holds.
TABLES: Final = {
    "countries": ("country", "None"),  # recorded in 2015
    "referrers": ("referrer", UNKNOWN),
    "referring_domains": ("domain", UNKNOWN),
}


def link_table(name: str, call: Call) -> Data:
    """/v3/link/countries and its kin."""
    return _table(call, name, link_selection)


def user_table(name: str, call: Call) -> Data:
    """/v3/user/countries and its kin."""
    return _table(call, name, _clicks_of_user)


def link_referrers_by_domain(call: Call) -> Data:
    """/v3/link/referrers_by_domain: an object by domain, and an empty one without clicks."""
    selection = link_selection(call)
    question = _question(call)
    clicks = _total(call, question, selection)
    rows = {UNKNOWN: [{"referrer": UNKNOWN, "clicks": clicks}]} if clicks else {}
    return echoed(question, "referrers", rows)


def user_clicks(call: Call) -> Data:
    """/v3/user/clicks, and without a unit as it was before there were any."""
    selection = _clicks_of_user(call)
    if call.parameters.last("unit") is None and call.parameters.last("units") is None:
        days = days_of(call, selection)
        total = sum(day["clicks"] for day in days)
        return {"days": len(days), "total_clicks": total, "clicks": days}
    question = question_of(call, V3_LINK_UNITS, rollup=True)
    return answered(call, question, selection, "user_clicks")


def user_popular_links(call: Call) -> Data:
    """/v3/user/popular_links: the links most clicked."""
    return _popular(call, _question(call), _clicks_of_user(call))


def organization_popular_links(call: Call) -> Data:
    """/v3/organization/popular_links: the same of all the organization's clicks."""
    selection = clicks_of(call)
    return _popular(call, question_of(call, V3_ORGANIZATION_UNITS, rollup=True), selection)


def user_tracking_domain_list(call: Call) -> Data:
    """/v3/user/tracking_domain_list."""
    return {"tracking_domains": list(call.store.organization.tracking_domains)}


def user_tracking_domain_clicks(call: Call) -> Data:
    """/v3/user/tracking_domain_clicks: the clicks on links to one of these domains."""
    domain = call.parameters.last("domain")
    if domain is None:
        raise Refusal(500, "MISSING_ARG_DOMAIN")
    if plain_host(domain) not in call.store.organization.tracking_domains:
        raise Refusal(500, "TRACKING_DOMAIN_NOT_REGISTERED")
    question = question_of(call, V3_LINK_UNITS, rollup=True)
    selection = call.store.organization_clicks([domain])
    return answered(call, question, selection, "tracking_domain_clicks")


def _clicks_of_user(call: Call) -> Selection:
    # Whose links are nobody's by name are its own as well, while no account is named.
    return call.store.clicks_of_accounts((*call.store.organization.accounts, ""))


def _question(call: Call) -> Question:
    return question_of(call, V3_LINK_UNITS, rollup=True)


def _total(call: Call, question: Question, selection: Selection) -> int:
    return call.store.count(selection, *bounds(call, question))


def _table(call: Call, name: str, whose: Callable[[Call], Selection]) -> Data:
    selection = whose(call)
    question = _question(call)
    label, word = TABLES[name]
    clicks = _total(call, question, selection)
    return echoed(question, name, [{label: word, "clicks": clicks}] if clicks else [])


def _popular(call: Call, question: Question, selection: Selection) -> Data:
    found = call.store.count_links(selection, *bounds(call, question), question.limit)
    rows = [
        {"link": f"http://{host}/{link_hash}", "clicks": clicks}
        for host, link_hash, clicks in found
    ]
    return echoed(question, "popular_links", rows)
