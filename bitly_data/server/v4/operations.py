"""Which paths v4 has, what answers each, and how much of an hour's calls each has used."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bitly_data.server.v4.account import (
    bsds,
    group,
    groups,
    organization,
    organizations,
    plan_limits,
    user,
)
from bitly_data.server.v4.bitlinks import bitlink, group_bitlinks, sorted_bitlinks
from bitly_data.server.v4.call import Call, Data
from bitly_data.server.v4.clicks import (
    bitlink_clicks,
    bitlink_summary,
    custom_bitlink_clicks,
    group_clicks,
    group_clicks_over_time,
)

ROOT: Final = "/v4"


@dataclass(frozen=True)
class Operation:
    """A path as Bitly's description writes it, the resource of its errors, and what answers."""

    template: str
    resource: str
    run: Callable[..., Data]


def platform_limits(call: Call) -> Data:
    """/user/platform_limits: the calls of an hour, by endpoint. Without a limit: none to tell."""
    limit = call.policy.calls_per_hour
    wanted = call.parameters.last("path")
    used = call.quota.used_in_hour(call.now)
    return {
        "platform_limits": [
            {
                "endpoint": operation.template,
                "methods": [
                    {"name": "GET", "limit": limit, "count": used.get(operation.template, 0)}
                ],
            }
            for operation in OPERATIONS
            if limit is not None and wanted in (None, operation.template)
        ]
    }


# The first whose path fits answers.
OPERATIONS: Final = (
    Operation("/user", "users", user),
    Operation("/user/platform_limits", "users", platform_limits),
    Operation("/organizations", "organizations", organizations),
    Operation("/organizations/{organization_guid}", "organizations", organization),
    Operation("/organizations/{organization_guid}/plan_limits", "organizations", plan_limits),
    Operation("/groups", "groups", groups),
    Operation("/groups/{group_guid}", "groups", group),
    Operation("/groups/{group_guid}/clicks", "groups", group_clicks),
    Operation("/groups/{group_guid}/links/clicks/over_time", "groups", group_clicks_over_time),
    Operation("/groups/{group_guid}/bitlinks", "groups", group_bitlinks),
    Operation("/groups/{group_guid}/bitlinks/{sort}", "groups", sorted_bitlinks),
    Operation("/bsds", "bsds", bsds),
    Operation("/bitlinks/{bitlink}/clicks/summary", "bitlinks", bitlink_summary),
    Operation("/bitlinks/{bitlink}/clicks", "bitlinks", bitlink_clicks),
    Operation("/bitlinks/{bitlink}", "bitlinks", bitlink),
    Operation("/custom_bitlinks/{custom_bitlink}/clicks", "custom_bitlinks", custom_bitlink_clicks),
)
# A Bitlink's slash is one of the path's. What is short of one is still a Bitlink, if none there
# is, except before /clicks: that may be a back-half, too.
_PIECES: Final = {
    "{organization_guid}": "([^/]+)",
    "{group_guid}": "([^/]+)",
    "{sort}": "clicks",
    "{bitlink}/clicks": "([^/]+/[^/]+)/clicks",
    "{bitlink}": "([^/]+(?:/[^/]+)?)",
    "{custom_bitlink}": "([^/]+(?:/[^/]+)?)",
}


def _pattern(template: str) -> re.Pattern[str]:
    pattern = template
    for piece, expression in _PIECES.items():
        if piece != "{bitlink}/clicks" or template.endswith("{bitlink}/clicks"):
            pattern = pattern.replace(piece, expression)
    return re.compile(ROOT + pattern)


_PATTERNS: Final = tuple((_pattern(operation.template), operation) for operation in OPERATIONS)


def find(path: str) -> tuple[Operation, tuple[str, ...]] | None:
    """The operation that a path names and what stands for its braces; `None` for none."""
    for pattern, operation in _PATTERNS:
        match = pattern.fullmatch(path)
        if match is not None:
            return operation, match.groups()
    return None
