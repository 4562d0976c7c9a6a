"""What a check of Bitly v3 asks: the account, its newest link, and each endpoint of clicks."""

from __future__ import annotations

from bitly_data.query import LINK, ClickQuery
from bitly_data.sources.check import NO_LINK, CheckCost, Findings, Owner, Probe, answer_of, one_line
from bitly_data.sources.model import Account
from bitly_data.sources.v3 import wire as v3
from bitly_data.transport.client import HttpClient

# The account, its links, two endpoints of a link and the organization's.
COST = CheckCost(one=5, most=5)
# The least that an endpoint of clicks can be asked for.
_ONE_DAY = v3.ClicksRequest("day", 1, "0", None, rollup=True)


def check_account(probe: Probe, wire: str) -> Findings:
    """Ask each endpoint of v3 once; answers of clicks travel in the format `wire`."""
    account = probe.ask(v3.account_request(), v3.parse_account) or Account()
    page = probe.ask(v3.links_request(limit=1), v3.parse_links)
    link = page.links[0].link if page is not None and page.links else None
    for endpoint in (v3.LINK_CLICKS, v3.LINK_CLICKS_NAMED):
        if link is None:
            probe.leave_out(endpoint, NO_LINK)
        else:
            _ask_clicks(probe, ClickQuery(target=LINK, link=link), endpoint, wire)
    _ask_clicks(probe, ClickQuery(), "auto", wire)
    return Findings(
        owner=Owner(one_line(account.login)),
        short_domains=account.short_domains,
        tracking_domains=account.tracking_domains,
        logins=tuple(map(one_line, account.logins)),
    )


def _ask_clicks(probe: Probe, query: ClickQuery, endpoint: str, wire: str) -> None:
    probe.ask(
        v3.clicks_request(query, _ONE_DAY, endpoint, wire),
        lambda path, status, body: v3.parse_clicks(path, status, body, wire),
    )


def describe_owner(upstream: HttpClient) -> Owner:
    """Whose token it is, in one call. Raises `AnswerError`."""
    account = answer_of(upstream, v3.account_request(), v3.parse_account)
    return Owner(one_line(account.login))
