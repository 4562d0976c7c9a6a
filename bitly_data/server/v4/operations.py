"""Which paths v4 has, what answers each, and how much of an hour's calls each has used."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from bitly_data.server.v4 import bitlinks, clicks, csv, lists, metrics
from bitly_data.server.v4.account import (
    bsds,
    group,
    groups,
    organization,
    organizations,
    plan_limits,
    user,
)
from bitly_data.server.v4.call import Call, Data, Refusal

ROOT: Final = "/v4"


@dataclass(frozen=True)
class Operation:
    """A path as Bitly's description writes it, the resource of its errors, and what answers.

    `csv` is how its answer is written as CSV, where the description has that.
    """

    template: str
    resource: str
    run: Callable[..., Data]
    csv: csv.Csv | None = None
    method: str = "GET"


def platform_limits(call: Call) -> Data:
    """/user/platform_limits: the calls of an hour, by endpoint. Without a limit: none to tell."""
    limit = call.policy.calls_per_hour
    wanted = call.parameters.last("path")
    used = call.quota.used_in_hour(call.now)
    by_path: dict[str, list[str]] = {}
    for operation in OPERATIONS:
        by_path.setdefault(operation.template, []).append(operation.method)
    return {
        "platform_limits": [
            {
                "endpoint": path,
                "methods": [
                    {"name": method, "limit": limit, "count": used.get(path, 0)}
                    for method in methods
                ],
            }
            for path, methods in by_path.items()
            if limit is not None and wanted in (None, path)
        ]
    }


def refuse_change(call: Call, *arguments: str) -> Data:
    """Whatever makes or changes something. Raises `Refusal`: nobody may write here."""
    raise Refusal(403, "FORBIDDEN")


def refuse_export(call: Call, guid: str) -> Data:
    """POST /groups/{g}/exports. Raises `Refusal`: it is behind a wall on every plan."""
    raise Refusal(402, "UPGRADE_REQUIRED")


def _link_operations() -> tuple[Operation, ...]:
    """What is asked about one link."""
    metric = partial(partial, metrics.bitlink_metrics)
    at = "/bitlinks/{bitlink}"
    rows = (
        ("/clicks/summary", clicks.bitlink_summary, None),
        ("/clicks", clicks.bitlink_clicks, csv.CLICKS),
        ("/engagements/summary", clicks.bitlink_engagements_summary, None),
        ("/engagements", clicks.bitlink_engagements, csv.ENGAGEMENTS),
        ("/countries", metric("countries"), csv.COUNTRIES),
        ("/cities", metrics.bitlink_cities, csv.CITIES),
        ("/devices", metrics.bitlink_devices, csv.DEVICES),
        ("/referrers", metric("referrers"), csv.REFERRERS),
        ("/referrer_name", metric("referrers"), csv.REFERRER_NAMES),
        ("/referring_domains", metric("referring_domains"), None),
        ("/referrers_by_domains", metrics.referrers_by_domains, None),
        ("/qr", lists.no_code, None),
        ("", bitlinks.bitlink, None),
    )
    return tuple(Operation(at + path, "bitlinks", run, form) for path, run, form in rows)


def _custom_operations() -> tuple[Operation, ...]:
    """What is asked about a custom back-half."""
    at = "/custom_bitlinks/{custom_bitlink}"
    rows = (
        ("/clicks", clicks.custom_bitlink_clicks),
        ("/clicks_by_destination", metrics.clicks_by_destination),
        ("", bitlinks.custom_bitlink),
    )
    return tuple(Operation(at + path, "custom_bitlinks", run) for path, run in rows)


def _group_operations() -> tuple[Operation, ...]:
    """What is asked about a group."""
    metric = partial(partial, metrics.group_metrics)
    at = "/groups/{group_guid}"
    rows = (
        ("", group, None),
        ("/clicks", clicks.group_clicks, None),
        ("/links/clicks/over_time", clicks.group_clicks_over_time, None),
        ("/links/clicks/countries", metric("countries"), None),
        ("/links/clicks/referrers", metric("referrers"), None),
        ("/links/clicks/devices", metric("devices"), None),
        ("/links/clicks/cities", metrics.group_link_cities, None),
        ("/links/clicks/top", bitlinks.top_links, None),
        # There are no scans and no buttons, so all engagements are clicks.
        ("/engagements/over_time", clicks.group_clicks_over_time, None),
        ("/engagements/top", bitlinks.top_links, None),
        ("/engagements/sorted/top", bitlinks.top_engagements, None),
        ("/codes/scans/over_time", clicks.group_scans, None),
        ("/codes/scans/countries", metrics.no_scans, None),
        ("/codes/scans/cities", metrics.no_scans_by_city, None),
        ("/codes/scans/top", lists.top_scans, None),
        ("/countries", metric("countries"), csv.COUNTRIES),
        ("/referrers", metric("referrers"), csv.GROUP_REFERRERS),
        ("/referring_networks", metric("referring_networks"), None),
        ("/cities", metrics.group_cities, csv.CITIES),
        ("/devices", metrics.group_devices, csv.DEVICES),
        ("/bitlinks", bitlinks.group_bitlinks, None),
        ("/bitlinks/{sort}", bitlinks.sorted_bitlinks, None),
        ("/tags", lists.tags, None),
        ("/preferences", lists.preferences, None),
        ("/shorten_counts", metrics.group_shorten_counts, None),
        ("/feature_usage", lists.feature_usage, None),
        ("/historical_usage", lists.historical_usage, None),
    )
    return tuple(Operation(at + path, "groups", run, form) for path, run, form in rows)


def _account_operations() -> tuple[Operation, ...]:
    """What is asked about the account, and about what no click log has."""
    at = "/organizations/{organization_guid}"
    rows = (
        ("/user", "users", user),
        ("/user/platform_limits", "users", platform_limits),
        ("/organizations", "organizations", organizations),
        (at, "organizations", organization),
        (f"{at}/plan_limits", "organizations", plan_limits),
        (f"{at}/shorten_counts", "organizations", metrics.organization_shorten_counts),
        (f"{at}/shorten_counts_by_group", "organizations", metrics.shorten_counts_by_group),
        (f"{at}/webhooks", "webhooks", lists.webhooks),
        ("/groups", "groups", groups),
        ("/bsds", "bsds", bsds),
        ("/campaigns", "campaigns", lists.campaigns),
        ("/campaigns/{campaign_guid}", "campaigns", lists.not_there),
        ("/channels", "channels", lists.channels),
        ("/channels/{channel_guid}", "channels", lists.not_there),
        ("/webhooks/{webhook_guid}", "webhooks", lists.not_there),
        ("/apps/{client_id}", "apps", lists.not_there),
    )
    return tuple(Operation(path, resource, run) for path, resource, run in rows)


# What Bitly has and nobody may do here, as a token without the right to it is told.
_CHANGES: Final = (
    ("POST", "/shorten", "bitlinks"),
    ("POST", "/bitlinks", "bitlinks"),
    ("PATCH", "/bitlinks/{bitlink}", "bitlinks"),
    ("POST", "/custom_bitlinks", "custom_bitlinks"),
    ("PATCH", "/custom_bitlinks/{custom_bitlink}", "custom_bitlinks"),
    ("PATCH", "/groups/{group_guid}", "groups"),
    ("PATCH", "/groups/{group_guid}/preferences", "groups"),
    ("PATCH", "/user", "users"),
    ("POST", "/campaigns", "campaigns"),
    ("PATCH", "/campaigns/{campaign_guid}", "campaigns"),
    ("POST", "/channels", "channels"),
    ("PATCH", "/channels/{channel_guid}", "channels"),
    ("POST", "/webhooks", "webhooks"),
    ("PATCH", "/webhooks/{webhook_guid}", "webhooks"),
    ("DELETE", "/webhooks/{webhook_guid}", "webhooks"),
)

# The first whose method and path fit answers.
OPERATIONS: Final = (
    *_account_operations(),
    *_group_operations(),
    *_link_operations(),
    *_custom_operations(),
    Operation("/expand", "bitlinks", bitlinks.expand, method="POST"),
    Operation("/groups/{group_guid}/exports", "groups", refuse_export, method="POST"),
    *(
        Operation(path, resource, refuse_change, method=method)
        for method, path, resource in _CHANGES
    ),
)
# A Bitlink's slash is one of the path's. What is short of one is still a Bitlink, if none there
# is; where more of the path follows, that may be a back-half, too.
_WHOLE: Final = "([^/]+/[^/]+)"
_LINK: Final = re.compile(r"\{(?:custom_)?bitlink\}")
_NAME: Final = re.compile(r"\{\w+\}")


def _pattern(template: str) -> re.Pattern[str]:
    pattern = template.replace("{sort}", "clicks")
    is_end = _LINK.fullmatch(pattern.rpartition("/")[2]) is not None
    pattern = _LINK.sub("([^/]+(?:/[^/]+)?)" if is_end else _WHOLE, pattern)
    return re.compile(ROOT + _NAME.sub("([^/]+)", pattern))


_PATTERNS: Final = tuple((_pattern(operation.template), operation) for operation in OPERATIONS)


def find(method: str, path: str) -> tuple[Operation, tuple[str, ...]] | None:
    """The operation that a method and a path name and what stands for its braces; or `None`."""
    for pattern, operation in _PATTERNS:
        match = pattern.fullmatch(path)
        if match is not None and operation.method == method:
            return operation, match.groups()
    return None


def methods_of(path: str) -> list[str]:
    """What can be done with a path; nothing, if there is no such path."""
    methods = dict.fromkeys(
        operation.method for pattern, operation in _PATTERNS if pattern.fullmatch(path)
    )
    return [*methods, *(["HEAD"] if "GET" in methods else [])]
