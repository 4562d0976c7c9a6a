"""The controls of a page: it names those that it takes, and gets what it asks.

`table` has a row a control; `values` and `choices` are the address bar's pair of reading and
writing, `address_bar` keeps it and the session in step, `whose` says who answers, `sidebar` draws,
`question` sums up.
"""

from pages.components.controls.address_bar import query_params
from pages.components.controls.period_bar import IN_BAR, Taking
from pages.components.controls.question import page_query
from pages.components.controls.whose import FoundAccount, account_of, asked_account

__all__ = [
    "COMPARE_PAGE",
    "IN_BAR",
    "LINKS_PAGE",
    "LINK_PAGE",
    "OVERVIEW_PAGE",
    "FoundAccount",
    "Taking",
    "account_of",
    "asked_account",
    "page_query",
    "query_params",
]

_BUCKETS = ("unit", "units", "timezone", "until")

# What pages take, in the order in which it is drawn.
LINK_PAGE = (
    "period",
    "bucket",
    "link",
    *_BUCKETS,
    "against",
    "weekdays",
    "overlay",
    "week_start",
    "limit",
    "rollup",
    "upstream_buckets",
    "all_addresses",
)
LINKS_PAGE = (
    "period",
    "domains",
    "login",
    *_BUCKETS,
    "against",
    "weekdays",
    "week_start",
    "top",
    "search",
    "tag",
    "items",
)
OVERVIEW_PAGE = (
    "period",
    "bucket",
    "domains",
    "login",
    *_BUCKETS,
    "against",
    "weekdays",
    "overlay",
    "week_start",
    "limit",
    "rollup",
    "upstream_buckets",
    "zone_days",
)
COMPARE_PAGE = (
    "period",
    "items",
    "by",
    "form",
    "scale",
    "log",
    "own_scales",
    "most_lines",
    "domains",
    "login",
    *_BUCKETS,
    "against",
    "weekdays",
    "week_start",
    "limit",
    "rollup",
    "zone_days",
)
