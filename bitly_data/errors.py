"""One family of errors, and the one map from what upstream answered to a type.

Every member carries the same four facts, so that callers branch on fields and never on words.
Messages are built from a path and a status, never from an address or a header: a token can
appear in neither.
"""

from __future__ import annotations

import math
from typing import Self


class BitlyError(Exception):
    """Something that stands between a question and its numbers.

    `user_message` is one sentence for a person; `status` is upstream's code (`None` if it gave
    none); `retryable` says whether asking again may help; `retry_after` is upstream's hint [s].
    """

    def __init__(
        self,
        user_message: str,
        *,
        status: int | None = None,
        retryable: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(user_message)
        self.user_message = user_message
        self.status = status
        self.retryable = retryable
        self.retry_after = retry_after

    def __str__(self) -> str:
        return self.user_message

    def hinted(self, retry_after: float) -> Self:
        """The same error, which also says when to ask again [s from now]."""
        self.retry_after = retry_after
        self.user_message = (
            f"{self.user_message.split(': ')[0].rstrip('.')}: ask again in "
            f"{duration_text(retry_after)}."
        )
        return self


def duration_text(seconds: float) -> str:
    """A time to wait, never shorter than it is: `20 seconds`, `5 minutes`, `3 hours`, `2 days`."""
    for size, name in ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        if seconds > size or size == 1:
            count = max(math.ceil(seconds / size), 1)
            return f"{count:,} {name}{'' if count == 1 else 's'}"
    raise AssertionError("a second is the least")


class QuestionError(BitlyError):
    """The question itself cannot be asked; nothing was sent."""


class ClickLogError(QuestionError):
    """A click log is there, but no click in it can be read."""


class ArchiveError(QuestionError):
    """The file of finished buckets cannot be used, or not be written.

    `trouble` is why, and what to do about it: the two halves of a sentence.
    """

    def __init__(self, user_message: str, trouble: tuple[str, str]) -> None:
        super().__init__(user_message)
        self.trouble = trouble


class AnswerError(BitlyError):
    """Upstream was asked and gave no usable answer."""


class UnreachableError(AnswerError):
    """Nobody answered: connection refused, name unknown, time out."""


class UnreadableError(AnswerError):
    """Somebody answered, but not in Bitly's form."""


class AccessError(AnswerError):
    """The token is missing, unknown, or not allowed to see this."""


class NotFoundError(AnswerError):
    """Upstream does not know this link, domain, login, group or organization."""


class RateLimitError(AnswerError):
    """Too many calls in this minute, hour or month.

    `sent` says whether upstream refused it; else our own count did, and nothing was sent.
    """

    sent = True

    def unsent(self) -> Self:
        """The same error, for a call that our own count held back."""
        self.sent = False
        return self


class MonthlyLimitError(RateLimitError):
    """This month's calls are used up; there are new ones on the first of the next."""


class GoneError(AnswerError):
    """The endpoint was switched off for good."""


# What upstream's status texts mean, in words a person can act on (docs/upstream/v3.md,
# section 4). 400 and 500 are used for the same text in different years, so the text decides.
_BY_TEXT: dict[str, tuple[type[AnswerError], str]] = {
    "MISSING_ARG_ACCESS_TOKEN": (
        AccessError,
        "No access token was sent: set BITLY_ACCESS_TOKEN, or give --token beside --base-url.",
    ),
    "INVALID_ACCESS_TOKEN": (
        AccessError,
        "The access token was refused: check BITLY_ACCESS_TOKEN or BITLY_TOKENS, and make a new "
        "one if it was revoked.",
    ),
    "INVALID_ARG_ACCESS_TOKEN": (
        AccessError,
        "The access token was refused: check BITLY_ACCESS_TOKEN or BITLY_TOKENS, and make a new "
        "one if it was revoked.",
    ),
    "BITLY_BRAND_TOOLS_REQUIRED": (
        AccessError,
        "This account's plan does not include organization metrics: ask for a "
        "link's clicks instead.",
    ),
    "NOT_FOUND": (
        NotFoundError,
        "Bitly does not know this link: check the spelling, capitals count in "
        "the part after the slash.",
    ),
    "INVALID_ARG_LINK": (
        NotFoundError,
        "This is not a Bitlink: give it as host/back-half, for example bit.ly/2uNgpk4.",
    ),
    "MISSING_ARG_LINK": (NotFoundError, "No link was asked for: choose or paste one."),
    "INVALID_ARG_DOMAIN": (
        NotFoundError,
        "This domain does not belong to the organization: choose one from the list.",
    ),
    "INVALID_ARG_LOGIN": (
        NotFoundError,
        "This login is not an account of the organization: choose one from the list.",
    ),
    # The local server's own: a click log does not say whose it is.
    "ACCOUNTS_NOT_NAMED": (
        NotFoundError,
        "Nothing says which links are other people's, as the click log's own accounts are not "
        "named: name them on the Connection page, with --account, or in BITLY_ACCOUNTS.",
    ),
    "TRACKING_DOMAIN_NOT_REGISTERED": (
        NotFoundError,
        "Other people's links count where they lead to a tracking domain, and none is named: name "
        "one on the Connection page, with --tracking-domain, or in BITLY_TRACKING_DOMAINS.",
    ),
    "INVALID_ARG_UNIT": (
        AnswerError,
        "This endpoint does not count in that unit: choose another one.",
    ),
    "INVALID_ARG_UNITS": (
        AnswerError,
        "This endpoint does not give that many units: choose fewer.",
    ),
    "INVALID_ARG_TIMEZONE": (
        AnswerError,
        "Bitly does not know this time zone: choose another one.",
    ),
    "INVALID_ARG_LIMIT": (AnswerError, "Bitly does not take this limit: choose 1 to 1000."),
    "INVALID_ARG_UNIT_REFERENCE_TS": (
        AnswerError,
        "Bitly does not take this end of the range: choose another moment.",
    ),
    "INVALID_ARG_FORMAT": (AnswerError, "This answer is not offered in that format: choose json."),
    "RATE_LIMIT_EXCEEDED": (
        RateLimitError,
        "Bitly's rate limit is reached: wait a few minutes and ask again.",
    ),
    **dict.fromkeys(
        ("MONTHLY_RATE_LIMIT_EXCEEDED", "API_USAGE_LIMIT_EXCEEDED"),
        (
            MonthlyLimitError,
            "This month's calls are used up: Bitly answers again on the first of next month.",
        ),
    ),
    "PERMANENTLY_REMOVED": (
        GoneError,
        "Bitly switched its v3 API off for good: set BITLY_API to v4 and leave "
        "BITLY_BASE_URL away, or set it to a server that speaks v3.",
    ),
    # v4 (docs/upstream/v4.md, section 4.1).
    "FORBIDDEN": (
        AccessError,
        "Bitly refused this question: the token is not valid, or its account may not "
        "see these numbers.",
    ),
    "UPGRADE_REQUIRED": (
        AccessError,
        "This account's plan does not include these numbers: ask for a link's clicks instead.",
    ),
    "GONE": (NotFoundError, "This link was deleted: choose another one."),
}

# The same texts of v4 mean something else where the path is that of a group or an organization, or
# of the token itself: with nothing else asked for, only the token can be wrong.
_GROUP = (
    NotFoundError,
    "Bitly does not know this group: it was deleted, or this account is no longer in it.",
)
_ORGANIZATION = (
    NotFoundError,
    "Bitly does not know this organization: it was deleted, or this account is no longer in it.",
)
_BY_PLACE: dict[tuple[str, str], tuple[type[AnswerError], str]] = {
    **dict.fromkeys((("groups", "NOT_FOUND"), ("groups", "GONE")), _GROUP),
    **dict.fromkeys((("organizations", "NOT_FOUND"), ("organizations", "GONE")), _ORGANIZATION),
    ("groups", "FORBIDDEN"): (
        AccessError,
        "Bitly refused this question: the token is not valid, or its account may not "
        "see this group's numbers.",
    ),
    ("organizations", "FORBIDDEN"): (
        AccessError,
        "Bitly refused this question: the token is not valid, or its account may not "
        "see this organization's numbers.",
    ),
    ("/v4/user", "FORBIDDEN"): (
        AccessError,
        "The access token is not valid: copy it whole, or make a new one if it was revoked.",
    ),
}

# A fault of the moment by its name, whatever number comes with it.
_PASSING = frozenset({"TEMPORARILY_UNAVAILABLE", "UNKNOWN_ERROR"})

_ELSEWHERE = (
    AnswerError,
    "The server points to another address, and the token is not sent there: check BITLY_BASE_URL.",
)

_BY_STATUS: dict[int, tuple[type[AnswerError], str]] = {
    **dict.fromkeys((301, 302, 303, 307, 308), _ELSEWHERE),
    401: (AccessError, _BY_TEXT["INVALID_ACCESS_TOKEN"][1]),
    402: _BY_TEXT["UPGRADE_REQUIRED"],
    403: (AccessError, "Bitly refused this question: the token may not see these numbers."),
    404: (NotFoundError, "The server has no such address: check BITLY_BASE_URL."),
    410: _BY_TEXT["PERMANENTLY_REMOVED"],
    429: _BY_TEXT["RATE_LIMIT_EXCEEDED"],
}


def error_for(
    path: str, status: int, text: str, *, retry_after: float | None = None
) -> AnswerError:
    """The error for an answer that is not OK.

    `status` and `text` are those of the envelope, or of HTTP where there is no envelope; `path`
    is the endpoint's path, without a query. This is the only place that maps answers to types.
    """
    place = path.split("/")[2] if path.startswith(("/v4/groups/", "/v4/organizations/")) else path
    kind, sentence = (
        _BY_PLACE.get((place, text))
        or _BY_TEXT.get(text)
        or _BY_STATUS.get(status)
        or (AnswerError, f"Bitly could not answer ({status}): try again in a moment.")
    )
    known = text if text in _BY_TEXT else "not OK"
    passing = (text not in _BY_TEXT and status >= 500) or text in _PASSING
    error = kind(
        sentence,
        status=status,
        retry_after=retry_after,
        retryable=kind is RateLimitError or (kind is AnswerError and passing),
    )
    error.add_note(f"{path} answered {status} {known}")
    return error
