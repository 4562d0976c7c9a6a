"""From a path and parameters to an answer of v3: which paths there are, the token, the format."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, NamedTuple

from bitly_data.server.calls import Answer, BadArgument, Parameters
from bitly_data.server.store import ClickStore
from bitly_data.server.v3 import links, metrics
from bitly_data.server.v3.account import user_info, user_link_history
from bitly_data.server.v3.call import Call, Data, Policy, Refusal, invalid
from bitly_data.server.v3.clicks import link_clicks, organization_clicks
from bitly_data.server.v3.formats import (
    TEXT_TYPE,
    WRITERS,
    YOUNGER_WRITERS,
    Writer,
    check_callback,
    only_text,
    write_text,
)


class Endpoint(NamedTuple):
    """What answers a path. Two kinds of servers did: `is_younger` says that it was the other one,
    whose envelope and words for a bad token differ (docs/upstream/v3.md, on the two backends).
    """

    run: Callable[[Call], Data]
    is_younger: bool = False

    @property
    def writers(self) -> dict[str, Writer]:
        return YOUNGER_WRITERS if self.is_younger else WRITERS


ENDPOINTS: Final[dict[str, Endpoint]] = {
    "/v3/link/clicks": Endpoint(link_clicks),
    "/link/clicks": Endpoint(link_clicks),  # the documentation's listing has it without /v3 as well
    "/v3/organization/clicks": Endpoint(organization_clicks),
    "/v3/organization/popular_links": Endpoint(metrics.organization_popular_links),
    "/v3/user/link_history": Endpoint(user_link_history),
    "/v3/user/info": Endpoint(user_info),
    "/v3/expand": Endpoint(links.expand, is_younger=True),
    "/v3/clicks": Endpoint(links.clicks, is_younger=True),
    "/v3/info": Endpoint(links.info),
    "/v3/clicks_by_day": Endpoint(links.clicks_by_day),
    "/v3/clicks_by_minute": Endpoint(links.clicks_by_minute),
    "/v3/link/referrers_by_domain": Endpoint(metrics.link_referrers_by_domain),
    "/v3/user/clicks": Endpoint(metrics.user_clicks),
    "/v3/user/popular_links": Endpoint(metrics.user_popular_links),
    "/v3/user/tracking_domain_list": Endpoint(metrics.user_tracking_domain_list),
    "/v3/user/tracking_domain_clicks": Endpoint(metrics.user_tracking_domain_clicks),
    **{
        f"/v3/{whose}/{name}": Endpoint(partial(table, name))
        for whose, table in (("link", metrics.link_table), ("user", metrics.user_table))
        for name in metrics.TABLES
    },
}


def answer(
    path: str, items: Sequence[tuple[str, str]], store: ClickStore, now: float, policy: Policy
) -> Answer | None:
    """The answer to a call at the time `now` [epoch s]; `None` if there is no such path.

    `items` are the decoded query and form parameters in the order in which they were sent.
    """
    endpoint = ENDPOINTS.get(path)
    if endpoint is None:
        return None
    parameters = Parameters(items)
    known_format = parameters.text("format", "json") in endpoint.writers
    write = endpoint.writers[parameters.text("format", "json") if known_format else "json"]
    try:
        _check_token(parameters, policy, endpoint)
        if not known_format:
            raise invalid("format")
        check_callback(parameters)
        data = endpoint.run(Call(store, parameters, int(now), policy))
        if write is write_text:
            return Answer(200, f"{only_text(data)}\n".encode(), TEXT_TYPE)
        return write(200, data, "OK", parameters)
    except Refusal as refusal:
        return write(refusal.code, None, refusal.text, parameters)
    except BadArgument as refusal:
        return write(500, None, refusal.text, parameters)


def failure(path: str, items: Sequence[tuple[str, str]]) -> Answer:
    """The answer when the server itself is at fault."""
    parameters = Parameters(items)
    writers = ENDPOINTS[path].writers if path in ENDPOINTS else WRITERS
    write = writers.get(parameters.text("format", "json"), writers["json"])
    return write(500, None, "UNKNOWN_ERROR", parameters)


def _check_token(parameters: Parameters, policy: Policy, endpoint: Endpoint) -> None:
    token = parameters.last("access_token")
    if token is None:
        raise Refusal(500, "MISSING_ARG_ACCESS_TOKEN")
    if policy.token is not None and not hmac.compare_digest(token.encode(), policy.token.encode()):
        raise (
            Refusal(500, "INVALID_ARG_ACCESS_TOKEN")
            if endpoint.is_younger
            else Refusal(403, "INVALID_ACCESS_TOKEN")
        )
