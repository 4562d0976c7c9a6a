"""What pages, the command line and a notebook talk to: one account's clicks, without Streamlit.

    from bitly_data import Client, ClickQuery
    Client.from_env().load(ClickQuery(unit="week", units=12)).to_frame()

What was answered is kept for a while, and several who ask for the same at once have one outcome.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from bitly_data.archive import GuardedArchive
from bitly_data.coverage import LogFacts
from bitly_data.errors import AnswerError, BitlyError, ClickLogError, QuestionError
from bitly_data.query import ORGANIZATION, ClickQuery
from bitly_data.series import ClickSeries, Coverage, failed
from bitly_data.server import (
    LocalBitly,
    ServerOptions,
    ServerProblem,
    UnreadableLog,
    V4Policy,
    nobody_hears,
)
from bitly_data.settings import BITLY_URL, DEMO, REMOTE, V4, Settings, settings_from
from bitly_data.sources.base import Capabilities, Source
from bitly_data.sources.bucket_store import BucketStore
from bitly_data.sources.fetch_plan import FetchPlan, Missing
from bitly_data.sources.model import Account, Link, RankedLinks
from bitly_data.sources.ranked_links import one_range
from bitly_data.sources.v3.source import V3Source
from bitly_data.sources.v4.source import V4Source
from bitly_data.transport.background_fetch import BackgroundFetch
from bitly_data.transport.client import (
    CONNECTIONS,
    HttpClient,
    new_session,
    new_turns,
)
from bitly_data.transport.fan_out import Progress, fetch_all
from bitly_data.transport.local_adapter import LOCAL_URL
from bitly_data.transport.rate_limit import Budget, Left
from bitly_data.transport.retry import RetryPolicy
from bitly_data.transport.ttl_cache import TTLCache

T = TypeVar("T")

# The local server asks for some token, as Bitly did; in this process any will do.
LOCAL_TOKEN = "local"  # noqa: S105 - not a secret
# How patiently a server is asked.
POLICY = RetryPolicy()
# A range that ends now changes with every click; a minute is as fresh as anybody looks at it.
RUNNING_TTL = timedelta(minutes=1)
# Bitly may still correct a finished bucket within the hour.
FINISHED_TTL = timedelta(minutes=15)
# A series is some kilobytes: all of these are at most a few dozen megabytes.
MOST_ANSWERS = 2_000
# The pickers list this many of the newest links; any other can be searched for or pasted.
MOST_LINKS = 1_000
# A ranking holds this many links: what Bitly lists in one call.
MOST_RANKED = 100


def new_answers() -> TTLCache:
    """A place for answers, of one account or of all in a process."""
    return TTLCache(time.monotonic, MOST_ANSWERS)


def _nobody_hears(progress: Progress) -> None:
    """Whoever does not want to know how far it is."""


@dataclass(eq=False)
class Client:
    """One account's clicks: questions in, series out. All methods may be called from any thread.

    `answers` may be shared between clients; then `key` tells this one's from those of others.
    """

    settings: Settings
    source: Source
    local: LocalBitly | None = None
    answers: TTLCache = field(default_factory=new_answers, repr=False)
    key: str = field(default="", repr=False)
    archive: GuardedArchive | None = field(default=None, repr=False)
    group: str = ""  # the only group that is counted; empty: all of them
    whole: Client | None = field(default=None, repr=False)  # who counts all of them, if not this
    _background: BackgroundFetch[Missing] | None = field(default=None, init=False, repr=False)

    @classmethod
    def from_env(cls, environment: Mapping[str, str] | None = None) -> Client:
        """The client of the settings in the environment; with none, that of the demo.

        Raises `QuestionError` for a setting that cannot be used.
        """
        return cls.open(settings_from(os.environ if environment is None else environment))

    @classmethod
    def open(
        cls,
        settings: Settings,
        *,
        budget: Budget | None = None,
        turns: threading.Semaphore | None = None,
        answers: TTLCache | None = None,
        key: str = "",
        on_reading: Callable[[str, int], None] = nobody_hears,
    ) -> Client:
        """Open the source that the settings name.

        `budget` is the account's, and `turns` are those of the server's host, where several
        clients share them; the local server needs none. `on_reading` hears which file of a click
        log is read, and how many clicks came in so far.
        Raises `QuestionError` if a click log cannot be opened, or a file is no archive.
        """
        kept = new_answers() if answers is None else answers
        archive = _archive(settings)
        if settings.kind == REMOTE:
            upstream = HttpClient(
                settings.base_url or BITLY_URL,
                settings.token,
                new_session(),
                policy=POLICY,
                bearer=settings.api == V4,
                budget=budget or Budget(settings.calls_per_minute, settings.calls_per_hour),
                turns=turns or new_turns(),
            )
            return cls(settings, _source(settings, upstream, archive), None, kept, key, archive)
        local = _local_server(settings, on_reading)
        upstream = HttpClient(
            LOCAL_URL,
            LOCAL_TOKEN,
            new_session(local.app),
            clock=local.clock,
            bearer=settings.api == V4,
        )
        source = _source(settings, upstream, archive, _coverage(local))
        return cls(settings, source, local, kept, key, archive)

    def close(self) -> None:
        """Let go of connections, of the archive, and of a local server's clicks."""
        self.source.upstream.session.close()
        if self.archive is not None:
            self.archive.close()
        if self.local is not None:
            self.local.close()

    @property
    def capabilities(self) -> Capabilities:
        """What the API that answers can."""
        return self.source.capabilities

    @property
    def now(self) -> float:
        """The clock of who answers, as far as it is known [epoch s]."""
        return self.source.clock()

    @property
    def calls_left(self) -> Left | None:
        """What is left of the account's calls; `None`: they are not counted."""
        budget = self.source.upstream.budget
        return None if budget is None else budget.left()

    @property
    def newest_click(self) -> int | None:
        """Where a click log's range ends by default [epoch s]; `None`: now."""
        if self.local is None or self.settings.kind == DEMO:
            return None
        return self.local.newest_click()

    def clicked(self) -> NDArray[np.int64]:
        """When a click log has clicks, as far as they can be asked for: int64[n], the starts of
        quarters of an hour [epoch s], ascending. Of any other server nothing is known without a
        call, and of the demo nobody has to ask: none.
        """
        if self.local is None or self.settings.kind == DEMO:
            return np.empty(0, dtype=np.int64)
        return self.local.clicked(by_v4=self.settings.api == V4)

    @property
    def log(self) -> LogFacts | None:
        """What there is to say of a local server's clicks; `None` for any other server."""
        return None if self.local is None else self.local.log_facts()

    # Answers ------------------------------------------------------------------------------------

    def load(self, query: ClickQuery, *, cached_only: bool = False) -> ClickSeries:
        """The series of a question. Raises `BitlyError`; a failed answer is not kept.

        With `cached_only` there is only what is kept, and nobody waits for what is under way.
        """
        key, ttl = self._place_of(query)
        return self._kept_or_not_loaded(
            key, lambda: self.source.fetch(query), ttl, cached_only=cached_only
        )

    def _kept_or_not_loaded(
        self, key: Hashable, fetch: Callable[[], T], ttl: timedelta, *, cached_only: bool
    ) -> T:
        """What is kept, else what is fetched; with `cached_only` that raises `AnswerError`."""
        if not cached_only:
            return self.kept(key, fetch, ttl=ttl)
        found: T | None = self.kept_only(key, ttl=ttl)
        if found is None:
            raise AnswerError("It was not loaded, because loading was stopped.")
        return found

    def loaded(self, query: ClickQuery) -> ClickSeries | None:
        """The series of a question as far as it is kept; nothing is asked."""
        key, ttl = self._place_of(query)
        series: ClickSeries | None = self.kept_only(key, ttl=ttl)
        return series

    def _place_of(self, query: ClickQuery) -> tuple[tuple[str, ClickQuery], timedelta]:
        """By what key an answer is kept, and for how long."""
        running = query.is_running(self.source.clock())
        return ("running" if running else "finished", query), (
            RUNNING_TTL if running else FINISHED_TTL
        )

    def load_many(
        self,
        queries: Sequence[ClickQuery],
        on_progress: Callable[[Progress], None] = _nobody_hears,
        *,
        cached_only: bool = False,
    ) -> list[ClickSeries]:
        """The series of many questions, side by side; one that fails is a series of failed buckets.

        What has come is kept: when it is stopped (`on_progress` raises) and asked for again, it
        goes on from there. Raises the error of the first if none has an answer.
        """
        outcomes = fetch_all(
            lambda query: self.load(query, cached_only=cached_only),
            queries,
            self.workers,
            on_progress,
        )
        errors = [outcome for outcome in outcomes if isinstance(outcome, BitlyError)]
        if errors and len(errors) == len(outcomes):
            raise errors[0]
        now = int(self.source.clock())
        return [
            failed(query, outcome.user_message, now, self.source.coverage())
            if isinstance(outcome, BitlyError)
            else outcome
            for query, outcome in zip(queries, outcomes, strict=True)
        ]

    def ask_anew(self, queries: Sequence[ClickQuery]) -> None:
        """Let questions be asked once more when they are loaded, their finished buckets included.

        Nothing is asked for clicks here, so what it takes has its price before.
        Raises `BitlyError`.
        """
        for query in queries:
            for state in ("running", "finished"):
                self.forget((state, query))
                self.forget((state, "ranked links", one_range(query)))
            self.source.ask_anew(query)

    @property
    def workers(self) -> int:
        """How many questions are asked at once.

        The local server answers in this process, where more threads only get into each other's way.
        """
        return 1 if self.local is not None else CONNECTIONS

    def account(self) -> Account:
        """Domains and logins to choose from. Raises `BitlyError`."""
        return self.kept("account", self.source.fetch_account)

    def known_login(self) -> str:
        """Whose account it is, as far as that is kept; nothing is asked."""
        account: Account | None = self.kept_only("account")
        return account.login if account is not None else ""

    def groups(self) -> tuple[str, ...]:
        """The names of the account's groups, of which one can be counted alone; empty where there
        are none to choose from. Raises `BitlyError`.
        """
        return self.source.groups()

    def of_group(self, name: str) -> Client:
        """The same account's client that counts one group alone; empty: all of them.

        What it answers is its own. What upstream counted, connections and calls are shared, so
        that nothing is asked twice; only the client of all of them is closed.
        """
        whole = self.whole or self
        if not name:
            return whole
        return replace(
            whole,
            source=whole.source.of_group(name),
            key=f"{whole.key} {name}",
            group=name,
            whole=whole,
        )

    def links(self, search: str = "") -> tuple[list[Link], int]:
        """The newest links of the account, and how many there are. Raises `BitlyError`.

        `search` narrows both to the links that upstream finds it in.
        """
        return self.kept(
            ("links", search), lambda: self.source.fetch_links(most=MOST_LINKS, search=search)
        )

    def ranked_links(self, query: ClickQuery, *, cached_only: bool = False) -> RankedLinks:
        """The organization's links by their clicks in the range of a question, most clicks first.

        However many buckets the question has, its range is taken as one. Kept as a series is; with
        `cached_only` there is only what is kept. Raises `BitlyError`.
        """
        key, ttl = self._place_of_ranking(query)
        return self._kept_or_not_loaded(
            key,
            lambda: self.source.fetch_ranked_links(query, MOST_RANKED),
            ttl,
            cached_only=cached_only,
        )

    def ranked_already(self, query: ClickQuery) -> RankedLinks | None:
        """A ranking as far as it is kept; nothing is asked."""
        key, ttl = self._place_of_ranking(query)
        found: RankedLinks | None = self.kept_only(key, ttl=ttl)
        return found

    def _place_of_ranking(self, query: ClickQuery) -> tuple[Hashable, timedelta]:
        (state, whole), ttl = self._place_of(one_range(query))
        return (state, "ranked links", whole), ttl

    def ranking_price(self, queries: Sequence[ClickQuery]) -> int:
        """How many calls rankings take at most, those that are kept left out; for that no clicks
        are asked for. Raises `BitlyError`.
        """
        whole = dict.fromkeys(map(one_range, queries))
        return sum(
            self.source.ranking_price(query)
            for query in whole
            if self.ranked_already(query) is None
        )

    def addresses_of(self, link: str) -> tuple[str, ...]:
        """All the addresses that lead to a link, itself first, as far as upstream tells.

        Raises `BitlyError`.
        """
        return self.kept(("addresses", link), lambda: self.source.addresses_of(link))

    def has_link(self, link: str) -> bool:
        """Whether a link is one of those that are counted, as far as upstream tells.

        Raises `BitlyError`.
        """
        return self.kept(("has link", link), lambda: self.source.has_link(link))

    def made(self, link: str) -> int:
        """When a link was made [epoch s], 0 where that is not known. Raises `BitlyError`."""
        listed, _ = self.kept_only(("links", "")) or ([], 0)
        created = next((item.created for item in listed if item.link == link), 0)
        return created or self.source.made(link)

    def kept(self, key: Hashable, fetch: Callable[[], T], *, ttl: timedelta = FINISHED_TTL) -> T:
        """What is kept by this key for `ttl`, else what `fetch` gives, kept from then on.

        Several who ask for the same at once have one outcome, be it an error.
        """
        return self.answers.once((self.key, key), ttl.total_seconds(), fetch)

    def kept_only(self, key: Hashable, *, ttl: timedelta = FINISHED_TTL) -> Any | None:
        """What is kept by this key; `None` where nothing is."""
        return self.answers.get((self.key, key), ttl.total_seconds())

    def forget(self, key: Hashable) -> None:
        """Keep nothing by this key."""
        self.answers.drop((self.key, key))

    # Cost ---------------------------------------------------------------------------------------

    def cost(self, queries: Sequence[ClickQuery]) -> FetchPlan | None:
        """What questions cost before they are asked; `None` where each takes a few calls at most.

        Raises `BitlyError`.
        """
        # A link's series is one call; a group's is a list of each bucket where it has none.
        wide = [query for query in queries if query.target == ORGANIZATION]
        return self.source.plan(wide) if wide else None

    def price(self, queries: Sequence[ClickQuery]) -> int:
        """How many calls questions take at most; for that nothing is asked. Raises `BitlyError`."""
        return self.source.price(queries)

    def zone_days_price(self, queries: Sequence[ClickQuery]) -> int | None:
        """How many calls the same questions take at most in buckets of their own zone, where they
        are asked in those of UTC; `None` where they are the same. Raises `BitlyError`.
        """
        ways = [
            way
            for query in queries
            if query.target == ORGANIZATION and not query.zone_days
            for way in self.source.choices(query)
            if way.zone_days
        ]
        return self.source.price(ways) if ways else None

    def choices(self, query: ClickQuery) -> list[ClickQuery]:
        """The ways to ask a question, the cheapest first. Raises `BitlyError`."""
        return self.source.choices(query)

    def is_before_history(self, query: ClickQuery) -> bool:
        """Whether a question begins before what upstream keeps for the account, as far as is known.

        Raises `BitlyError`.
        """
        return self.source.is_before_history(query)

    def clicked_days(self, query: ClickQuery) -> NDArray[np.int64]:
        """The UTC days with clicks on all that a question counts, as far as upstream has told of
        them: int64[n], their starts [epoch s], ascending. No clicks are asked for.

        Raises `BitlyError`.
        """
        return np.array(self.source.clicked_days(query), dtype=np.int64)

    @property
    def background(self) -> BackgroundFetch[Missing] | None:
        """The calls that were made last or are being made, for whichever group."""
        return (self.whole or self)._background

    @property
    def archive_notices(self) -> tuple[str, ...]:
        """A sentence each: that new numbers are not kept in the archive, and why; that others may
        read it. As a rule there is nothing to say.
        """
        return () if self.archive is None else self.archive.notices()

    def start_background(self, missing: Sequence[Missing]) -> BackgroundFetch[Missing]:
        """Make calls of a plan that somebody wants for what is kept of them.

        It ends where something was not kept. Raises `ArchiveError` before the first call if that
        is known beforehand.
        """
        if self.archive is not None:
            self.archive.check_room(len(missing))
        made = self.new_background(missing)
        made.fill = self._fill_and_keep
        return made.start()

    def _fill_and_keep(self, missing: Missing) -> None:
        self.source.fill(missing)
        if self.archive is not None:
            self.archive.check_kept()

    def new_background(self, missing: Sequence[Missing]) -> BackgroundFetch[Missing]:
        """Calls of a plan, ready to be made; whoever looks at the account sees how far it is."""
        made = BackgroundFetch(self.source.fill, tuple(missing), self.workers)
        (self.whole or self)._background = made
        return made


def _local_server(settings: Settings, on_progress: Callable[[str, int], None]) -> LocalBitly:
    """The local server of the settings. Raises `QuestionError` if it cannot be opened."""
    options = ServerOptions(
        clicks=settings.click_log,
        tracking_domains=settings.tracking_domains,
        accounts=settings.accounts,
        now=settings.now,
        v4=V4Policy(settings.plan, calls_per_minute=None, calls_per_hour=None),
    )
    try:
        return LocalBitly.open(options, clock=time.time, on_progress=on_progress)
    except UnreadableLog as problem:
        raise ClickLogError(str(problem)) from None
    except ServerProblem as problem:
        raise QuestionError(str(problem)) from None


def _coverage(local: LocalBitly) -> Callable[[], Coverage | None]:
    """What a click log covers by now; of the demo's clicks there are no others."""
    found = local.coverage()
    if found.whole:
        return _everything
    return lambda: Coverage(found.hours, int(local.clock()))


def _everything() -> None:
    """The coverage of clicks that are all there ever were."""


def _archive(settings: Settings) -> GuardedArchive | None:
    """Where finished buckets are kept; `None`: the API has no use for it. Raises `ArchiveError`."""
    if settings.api != V4:
        return None
    # A local server's clicks are its own: they never come into the file of a real account.
    return GuardedArchive(settings.archive if settings.kind == REMOTE else None)


def _source(
    settings: Settings,
    upstream: HttpClient,
    archive: GuardedArchive | None,
    coverage: Callable[[], Coverage | None] = _everything,
) -> Source:
    if archive is None:
        return V3Source(
            upstream,
            settings.account_label,
            endpoint=settings.endpoint,
            wire=settings.wire,
            clock=upstream.clock,
            coverage=coverage,
        )
    host = urlsplit(upstream.base_url).netloc

    def store_of(account: str) -> BucketStore:
        return archive.of_account(f"{host}/{account}")

    return V4Source(
        upstream,
        settings.account_label,
        store_of,
        settings.tracking_domains,
        settling=timedelta(hours=settings.settling_hours).total_seconds(),
        clock=upstream.clock,
        coverage=coverage,
    )
