"""The controls of a page: it names those that it takes, and gets what it asks.

`table` has a row a control; `values` and `choices` are the address bar's pair of reading and
writing, `address_bar` keeps it and the session in step, `sidebar` draws, `question` sums up.
"""

from pages.components.controls.address_bar import query_params
from pages.components.controls.question import FoundAccount, account_of, page_query

__all__ = [
    "COMPARE_PAGE",
    "LINK_PAGE",
    "ORGANIZATION_PAGE",
    "FoundAccount",
    "account_of",
    "page_query",
    "query_params",
]

_BUCKETS = ("unit", "units", "timezone", "until")

# What pages take, in the order in which it is drawn.
LINK_PAGE = (
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
ORGANIZATION_PAGE = (
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
