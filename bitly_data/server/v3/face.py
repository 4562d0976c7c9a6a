"""From a path and parameters to an answer of v3: which paths there are, the token, the format."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from typing import Final

from bitly_data.server.calls import Answer, BadArgument, Parameters
from bitly_data.server.store import ClickStore
from bitly_data.server.v3.account import user_info, user_link_history
from bitly_data.server.v3.call import Call, Data, Policy, Refusal, invalid
from bitly_data.server.v3.clicks import link_clicks, organization_clicks
from bitly_data.server.v3.formats import (
    TEXT_TYPE,
    WRITERS,
    check_callback,
    only_number,
    write_json,
    write_text,
)

ENDPOINTS: Final[dict[str, Callable[[Call], Data]]] = {
    "/v3/link/clicks": link_clicks,
    "/link/clicks": link_clicks,  # the documentation's listing has it without /v3 as well
    "/v3/organization/clicks": organization_clicks,
    "/v3/user/link_history": user_link_history,
    "/v3/user/info": user_info,
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
    known_format = parameters.text("format", "json") in WRITERS
    write = WRITERS[parameters.text("format", "json") if known_format else "json"]
    try:
        _check_token(parameters, policy)
        if not known_format:
            raise invalid("format")
        check_callback(parameters)
        data = endpoint(Call(store, parameters, int(now), policy))
        if write is write_text:
            return Answer(200, f"{only_number(data)}\n".encode(), TEXT_TYPE)
        return write(200, data, "OK", parameters)
    except Refusal as refusal:
        return write(refusal.code, None, refusal.text, parameters)
    except BadArgument as refusal:
        return write(500, None, refusal.text, parameters)


def failure(items: Sequence[tuple[str, str]]) -> Answer:
    """The answer when the server itself is at fault."""
    parameters = Parameters(items)
    write = WRITERS.get(parameters.text("format", "json"), write_json)
    return write(500, None, "UNKNOWN_ERROR", parameters)


def _check_token(parameters: Parameters, policy: Policy) -> None:
    token = parameters.last("access_token")
    if token is None:
        raise Refusal(500, "MISSING_ARG_ACCESS_TOKEN")
    if policy.token is not None and not hmac.compare_digest(token.encode(), policy.token.encode()):
        raise Refusal(403, "INVALID_ACCESS_TOKEN")
