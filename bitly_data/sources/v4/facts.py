"""What upstream has shown of itself so far, and for how long that holds.

Everything a source of v4 remembers beside finished buckets is here, typed, and nowhere else: whose
token it is, how far back the history of a plan goes, what the plan does not include (its walls),
and the buckets that still fill.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from bitly_data.errors import AccessError, AnswerError, NotFoundError
from bitly_data.sources.bucket_store import CountKey
from bitly_data.sources.model import Link, Listed
from bitly_data.sources.v4 import wire
from bitly_data.transport.ttl_cache import TTLCache

S = TypeVar("S")
T = TypeVar("T")

# Whose token it is, its groups and its limits hardly ever change [s].
ACCOUNT_SECONDS = 3600.0
# A bucket that still fills is as fresh as anybody looks at it [s].
RUNNING_SECONDS = 60.0
# What an endpoint answers that the plan does not have, or that is not there.
WALLS = (402, 403, 404)


@dataclass(frozen=True)
class Fact(Generic[S, T]):
    """A kind of fact: about an `S`, said by a `T`, true for so many seconds after it was seen."""

    name: str
    seconds: float = ACCOUNT_SECONDS


@dataclass(frozen=True)
class PlanLimits:
    """What a plan allows, and how many calls had been made when upstream said so."""

    limits: list[wire.Limit]
    calls_before: int


# Of the account.
USER: Fact[None, wire.User] = Fact("user")
GROUPS: Fact[None, list[wire.Group]] = Fact("groups")
ORGANIZATIONS: Fact[None, list[wire.Organization]] = Fact("organizations")
DOMAINS: Fact[None, tuple[str, ...]] = Fact("domains")
# By the organization's id: groups may be of several, each with a plan of its own.
PLAN_LIMITS: Fact[str, PlanLimits] = Fact("plan limits")
# The first way to a group's series is walled, and the second one is not.
SECOND_WAY: Fact[None, bool] = Fact("second way")
# The plan has no hours of a target, link or organization; by the group that is counted alone, if
# one is: another may have them.
NO_HOURS: Fact[tuple[str, str], bool] = Fact("no hours")
# Of a link, by its address.
LINK: Fact[str, Link] = Fact("link")
LINK_WALL: Fact[str, AnswerError] = Fact("link wall")
# Of what is counted: where its history begins, 0 where nothing was cut off [epoch s].
FIRST_BUCKET: Fact[CountKey, int] = Fact("first bucket")
SERIES_WALL: Fact[CountKey, AnswerError] = Fact("series wall")
LIST_WALL: Fact[CountKey, AnswerError] = Fact("list wall")
# Clicks by the start of the bucket; those of a bucket that is over by now are not its last.
FILLING: Fact[CountKey, dict[int, int | None]] = Fact("filling buckets", RUNNING_SECONDS)
# Of one of its buckets, by the start: a list that may still grow, and one that cannot be right.
FILLING_LIST: Fact[tuple[CountKey, int], list[Listed]] = Fact("filling list", RUNNING_SECONDS)
# It has less than a count that came before it, so it leaves something out.
SHORT_LIST: Fact[tuple[CountKey, int], bool] = Fact("short list", RUNNING_SECONDS)
WRONG_LIST: Fact[tuple[CountKey, int], list[Listed]] = Fact("wrong list")
# The most clicked links of a range, by group, range and round: one that is over changes little, and
# somebody who wants all of them anew begins the next round.
FINISHED_SECONDS = 900.0
RUNNING_RANKING: Fact[tuple[str, wire.Span, int], wire.Ranking] = Fact(
    "running ranking", RUNNING_SECONDS
)
FINISHED_RANKING: Fact[tuple[str, wire.Span, int], wire.Ranking] = Fact(
    "finished ranking", FINISHED_SECONDS
)
RANKING_ROUND: Fact[None, int] = Fact("ranking round")
# Finished buckets whose answers contradict each other, and when they were asked [epoch s].
DOUBTFUL: Fact[CountKey, dict[int, int]] = Fact("doubtful buckets")
# Kept buckets and lists that somebody wants to be asked anew, by their starts.
ANEW: Fact[CountKey, frozenset[int]] = Fact("asked anew")
ANEW_LISTS: Fact[CountKey, frozenset[int]] = Fact("lists asked anew")


@dataclass(frozen=True)
class History:
    """How far back upstream's buckets of one thing go, and what the plan lacks of them.

    `first` is the start of the oldest that it gives [epoch s]: 0 where it cut nothing off, `None`
    where that was not seen yet. Of hours, `first_day` says the same of the days. The walls are the
    refusals of a series and of a list, `None` where the plan is not known to lack it.
    """

    first: int | None = None
    first_day: int | None = None
    series_wall: AnswerError | None = None
    list_wall: AnswerError | None = None

    @property
    def begins(self) -> int:
        """Where it begins, 0 where nothing is known of that [epoch s]."""
        # What has no days has no hours either.
        return max(self.first or 0, self.first_day or 0)


@dataclass(frozen=True)
class Facts:
    """The facts of one account; shared by all threads."""

    cache: TTLCache

    def get(self, fact: Fact[S, T], about: S) -> T | None:
        """What is known of it; `None` where that is nothing, or too old."""
        found: T | None = self.cache.get((fact, about), fact.seconds)
        return found

    def put(self, fact: Fact[S, T], about: S, value: T) -> T:
        """Take note of a fact that was just seen."""
        return self.cache.put((fact, about), value)

    def drop(self, fact: Fact[S, T], about: S) -> None:
        """Forget a fact."""
        self.cache.drop((fact, about))

    def once(self, fact: Fact[S, T], about: S, fetch: Callable[[], T]) -> T:
        """What is known of it, else what `fetch` gives, noted from then on.

        Several who ask at once have one outcome.
        """
        return self.cache.once((fact, about), fact.seconds, fetch)

    def turn(self, key: Hashable) -> AbstractContextManager[None]:
        """One at a time for a key."""
        return self.cache.turn(key)

    def past_wall(self, wall: Fact[S, AnswerError], about: S, ask: Callable[[], T]) -> T:
        """What `ask` gives. A plan's refusal is remembered and raised again: it is a call as well,
        so what the plan does not include is asked for once.
        """
        refusal = self.get(wall, about)
        if refusal is not None:
            # Each raising adds to an error's traceback, with all that its frames hold.
            raise refusal.with_traceback(None)
        try:
            return ask()
        except AnswerError as problem:
            if is_wall(problem):
                self.put(wall, about, problem)
            raise

    def history(self, key: CountKey) -> History:
        """All that is known of the history of what is counted."""
        days = replace(key, unit="day")
        return History(
            self.get(FIRST_BUCKET, key),
            self.get(FIRST_BUCKET, days) if key.unit == "hour" else None,
            self.get(SERIES_WALL, key),
            self.get(LIST_WALL, key),
        )


def is_wall(problem: AnswerError) -> bool:
    """Whether there may be another way to the same numbers. A rate limit may be a 403, too."""
    return problem.status in WALLS and isinstance(problem, AccessError | NotFoundError)
