"""The server's clicks: what click logs and the demo put in, and every question about them.

The organization in a click log:

- its short domains are the hosts in the log other than Bitly's own;
- its accounts are the logins that shortened with one of those;
- its tracking domains are the ones it was told (`ClickStore.add_tracking_domains`);
- its clicks are those on links of its accounts, on any host, and those on other people's links
  whose destination lies on a tracking domain. Each click counts once, however many rules let it
  in.
"""

from bitly_data.server.store.click_store import ClickStore
from bitly_data.server.store.fold import fold
from bitly_data.server.store.model import (
    BITLY_DOMAINS,
    Coverage,
    LinkFilter,
    LinkRow,
    Organization,
    Selection,
)
from bitly_data.server.store.report import ImportReport

__all__ = [
    "BITLY_DOMAINS",
    "ClickStore",
    "Coverage",
    "ImportReport",
    "LinkFilter",
    "LinkRow",
    "Organization",
    "Selection",
    "fold",
]
