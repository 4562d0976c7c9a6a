"""The requests of one question, and what its provenance says of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from bitly_data.series import Provenance


@dataclass
class RequestLog:
    """The requests that one question takes, in their order; who asks notes them here.

    `now` is upstream's clock, and `over` up to when all is over by every clock [epoch s];
    `is_aligned`: the last answer was counted back from `now`. `requests` is how many there were,
    `echoed` what upstream said it answered. `endpoints` are all that the numbers come from, each
    once, those whose answers were kept included; `last` is the endpoint of the last request.
    """

    now: int
    over: int = field(init=False)
    is_aligned: bool = True
    requests: int = 0
    endpoints: list[str] = field(default_factory=list)
    last: str = ""
    echoed: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.over = self.now

    def see(self, now: int, over: int, *, is_known: bool) -> None:
        """Note the clocks as an answer showed them [epoch s]."""
        self.now, self.over, self.is_aligned = now, over, is_known

    def add(self, endpoint: str) -> None:
        """Note a request."""
        self.requests += 1
        self.last = endpoint
        self.draw_on(endpoint)

    def draw_on(self, endpoint: str) -> None:
        """Note an endpoint whose answers the numbers come from, be it asked now or earlier."""
        if endpoint not in self.endpoints:
            self.endpoints.append(endpoint)

    def echo(self, echoed: dict[str, str]) -> None:
        """Note what upstream said it answered; the first word holds."""
        self.echoed = self.echoed or echoed

    def provenance(
        self,
        source: str,
        account: str,
        note: str = "",
        offset: int | None = None,
        groups: tuple[str, ...] = (),
    ) -> Provenance:
        """Where the numbers come from: the API, the account's label, and what is noted here.

        `note` and `offset` [s] are those of the buckets; `groups` are those that were counted.
        """
        return Provenance(
            source=source,
            account=account,
            endpoints=tuple(self.endpoints),
            fetched_at=self.now,
            requests=self.requests,
            echoed=self.echoed,
            note=note,
            offset=offset,
            groups=groups,
        )
