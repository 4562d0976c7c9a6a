"""What a page asks: the question, what it is set against, and what is shown beside it."""

from __future__ import annotations

from dataclasses import dataclass, field

from bitly_data.analysis.comparison import Against
from bitly_data.locales import ENGLISH, Locale
from bitly_data.query import ClickQuery
from bitly_data.sources.base import Capabilities
from bitly_data.sources.model import Account, Link
from bitly_data.views.beginning import Beginning


@dataclass(frozen=True)
class PageQuery:
    """All that a view goes by, beside the answers.

    `source` names who answers in a chart's second line. `addresses` are all the addresses of a
    link, itself first, as far as they are known, and `beginning` is since when it could be clicked;
    `links` are the account's newest, where the page is about them. Hashable, so that what was
    presented can be kept.
    """

    query: ClickQuery
    capabilities: Capabilities
    source: str = ""
    against: Against = field(default_factory=Against)
    overlay: bool = False  # the other period is drawn as well
    beside: bool = False  # upstream's own buckets are shown beside the right ones
    account: Account = field(default_factory=Account)  # what there is to choose from
    addresses: tuple[str, ...] = ()
    beginning: Beginning | None = None
    links: tuple[Link, ...] = ()
    locale: Locale = ENGLISH  # the reader's, by which numbers and dates are written
