"""From a request to an answer of v4: the token, the quota, the format, and refusals."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from typing import Final

from bitly_data.server.calls import Answer, BadArgument, Parameters
from bitly_data.server.v4.call import Call, Data, Refusal, Request
from bitly_data.server.v4.operations import Operation, find, methods_of

JSON_TYPE: Final = "application/json"
CSV_TYPE: Final = "text/csv; charset=utf-8"
TEXT_TYPE: Final = "text/plain; charset=utf-8"

_DESCRIPTIONS: Final = {
    402: "You must upgrade your account to access this resource.",
    403: "You are currently forbidden to access this resource.",
    404: "What you are looking for cannot be found.",
    422: "The request cannot be processed.",
    429: "You have reached the limit of calls to this resource.",
    500: "An internal error has occurred.",
}


def answer(request: Request, token: str | None, call: Callable[[Parameters], Call]) -> Answer:
    """The answer to a request for a path below /v4.

    `token` is the only one that will do (`None`: any); `call` makes a call of the parameters.
    """
    found = find(request.method, request.path)
    if found is None:
        return _nothing_there(request)
    operation, arguments = found
    try:
        _check_token(request.authorization, token)
        question = call(Parameters(request.items))
        refused = question.quota.take(operation.template, question.now)
        if refused is not None:
            raise Refusal(429, refused)
        return _success(operation, operation.run(question, *arguments), request)
    except Refusal as refusal:
        return _refuse(refusal.status, refusal.message, operation.resource)
    except BadArgument as bad:
        return _write(400, _bad_argument(bad, operation.resource))


def failure(request: Request) -> Answer:
    """The answer when the server itself is at fault."""
    found = find(request.method, request.path)
    return _refuse(500, "INTERNAL_ERROR", found[0].resource if found else "")


def _nothing_there(request: Request) -> Answer:
    methods = methods_of(request.path)
    # What is only written to is nothing to read.
    if not methods or request.method == "GET":
        return Answer(404, b"404 page not found", TEXT_TYPE)
    return Answer(405, b"405 method not allowed", TEXT_TYPE, (("Allow", ", ".join(methods)),))


def _check_token(authorization: str, token: str | None) -> None:
    """Refuse a call whose header has no token, or not the one that will do.

    A header that is one word is a token by itself, as Bitly takes it and as a client of it sends
    it (docs/upstream/v4.md, on tokens).
    """
    kind, *rest = authorization.split(maxsplit=1) or [""]
    is_bearer = kind.lower() == "bearer"
    sent = "".join(rest).strip() if is_bearer else kind if not rest else ""
    if not sent or (token is not None and not hmac.compare_digest(sent.encode(), token.encode())):
        raise Refusal(403, "FORBIDDEN")


def _success(operation: Operation, data: Data, request: Request) -> Answer:
    if operation.csv is not None and request.wants_csv:
        return Answer(200, operation.csv.write(data).encode(), CSV_TYPE)
    return _write(200, data)


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
