"""The server's clicks: what click logs and the demo put in, and every question about them.

The organization in a click log:

- **every click of the log belongs to it**, whoever made the link, on whatever host. So a finished
  hour stays as it is when another file is added;
- its own accounts are the logins that it was told (`ClickStore.name_accounts`), on any host. While
  it was told none, nothing tells its own links from those of others: each login of the log is one
  of its accounts, and each link is its own;
- others' links are those of any other login, or of none. The login "!" stands for their clicks on
  its tracking domains. They can be asked for where accounts and tracking domains are named;
- its short domains are the hosts in the log other than Bitly's own. A click on one of these three
  is the organization's, and of none of its short domains;
- its tracking domains are the ones it was told (`ClickStore.add_tracking_domains`), each with all
  below it. A domain's clicks are those on links of this host and those whose destination lies on
  it, each once;
- a host is one however it is spelled (`bitly_data.hosts`), and Bitly's own three are one.

None of this is read off the log, so nothing of it changes with what else is in the log.
"""

from bitly_data.server.store.click_store import ClickStore
from bitly_data.server.store.fold import fold
from bitly_data.server.store.intake import nobody_hears
from bitly_data.server.store.model import (
    Coverage,
    LinkFilter,
    LinkRow,
    Organization,
    Selection,
)
from bitly_data.server.store.report import ImportReport

__all__ = [
    "ClickStore",
    "Coverage",
    "ImportReport",
    "LinkFilter",
    "LinkRow",
    "Organization",
    "Selection",
    "fold",
    "nobody_hears",
]
