"""From a path and parameters to an answer of v4: the token, the quota, and refusals."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Sequence
from typing import Final

from bitly_data.server.calls import Answer, BadArgument, Parameters
from bitly_data.server.v4.call import Call, Data, Refusal
from bitly_data.server.v4.operations import find

JSON_TYPE: Final = "application/json"
TEXT_TYPE: Final = "text/plain; charset=utf-8"

_DESCRIPTIONS: Final = {
    402: "You must upgrade your account to access this resource.",
    403: "You are currently forbidden to access this resource.",
    404: "What you are looking for cannot be found.",
    429: "You have reached the limit of calls to this resource.",
    500: "An internal error has occurred.",
}


def answer(
    path: str,
    items: Sequence[tuple[str, str]],
    authorization: str,
    token: str | None,
    call: Callable[[Parameters], Call],
) -> Answer:
    """The answer to a GET of a path below /v4.

    `items` are the decoded query parameters in the order in which they were sent, `authorization`
    the header of that name, `token` the only one that will do (`None`: any); `call` makes a call
    of the parameters.
    """
    found = find(path)
    if found is None:
        return Answer(404, b"404 page not found", TEXT_TYPE)
    operation, arguments = found
    try:
        _check_token(authorization, token)
        question = call(Parameters(items))
        refused = question.quota.take(operation.template, question.now)
        if refused is not None:
            raise Refusal(429, refused)
        return _write(200, operation.run(question, *arguments))
    except Refusal as refusal:
        return _refuse(refusal.status, refusal.message, operation.resource)
    except BadArgument as bad:
        return _write(400, _bad_argument(bad, operation.resource))


def failure(path: str) -> Answer:
    """The answer when the server itself is at fault."""
    found = find(path)
    return _refuse(500, "INTERNAL_ERROR", found[0].resource if found else "")


def _check_token(authorization: str, token: str | None) -> None:
    kind, _, sent = authorization.strip().partition(" ")
    sent = sent.strip()
    if (
        kind.lower() != "bearer"
        or not sent
        or (token is not None and not hmac.compare_digest(sent.encode(), token.encode()))
    ):
        raise Refusal(403, "FORBIDDEN")


def _write(status: int, data: Data) -> Answer:
    return Answer(status, json.dumps(data, separators=(",", ":")).encode(), JSON_TYPE)


def _bad_argument(bad: BadArgument, resource: str) -> Data:
    return {
        "message": bad.text,
        "resource": resource,
        "description": "The value provided is invalid.",
        "errors": [{"field": bad.name, "error_code": "invalid"}],
    }


def _refuse(status: int, message: str, resource: str) -> Answer:
    return _write(
        status, {"message": message, "resource": resource, "description": _DESCRIPTIONS[status]}
    )
