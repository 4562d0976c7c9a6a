"""What a page asks: the question, what it is set against, and what is shown beside it."""

from __future__ import annotations

from dataclasses import dataclass, field

from bitly_data.analysis.comparison import Against
from bitly_data.locales import ENGLISH, Locale
from bitly_data.query import ClickQuery
from bitly_data.sources.base import Capabilities
from bitly_data.sources.model import Account, Link
from bitly_data.views.beginning import Beginning
from bitly_data.views.lineup import Lineup

# So many links a table has before somebody asks for more, and what stands for all of them.
DEFAULT_TOP, ALL_LINKS = 15, 0


@dataclass(frozen=True)
class Listing:
    """Which links a table lists: the first `top` (`ALL_LINKS`: every one) of those in which the
    words of `search` are, with a `tag`; or only the `items`, each `host/hash`.
    """

    top: int = DEFAULT_TOP
    search: str = ""
    items: tuple[str, ...] = ()
    tag: str = ""

    @property
    def is_narrowed(self) -> bool:
        """Whether it leaves links out by what they are."""
        return bool(self.search or self.items or self.tag)


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
    bucket: int | None = None  # a moment [epoch s] in the bucket that is looked at closely
    beside: bool = False  # upstream's own buckets are shown beside the right ones
    account: Account = field(default_factory=Account)  # what there is to choose from
    addresses: tuple[str, ...] = ()
    beginning: Beginning | None = None
    links: tuple[Link, ...] = ()
    listing: Listing = field(default_factory=Listing)
    ranked: tuple[Link, ...] = ()  # the most clicked ones first, where they are asked for
    lineup: Lineup = field(default_factory=Lineup)  # what stands side by side
    locale: Locale = ENGLISH  # the reader's, by which numbers and dates are written
