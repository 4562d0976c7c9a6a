"""The v4 face of a local server without a socket, asked like a client asks."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from werkzeug.test import Client, TestResponse

from bitly_data.server import ClickStore, Quota, V4Policy, create_app

LINK = "go.ex.com/Ab"


class Server:
    """The application, asked like a client asks; its clock is `now` [epoch s]."""

    def __init__(
        self, store: ClickStore, now: float, *, token: str | None = None, **policy: Any
    ) -> None:
        self.store, self.now = store, now
        self.policy = V4Policy(**{"calls_per_minute": None, "calls_per_hour": None, **policy})
        self.quota = Quota(self.policy)
        self.client = Client(
            create_app(
                store, clock=lambda: self.now, token=token, v4_policy=self.policy, quota=self.quota
            )
        )

    def get(self, path: str, token: str | None = "x", **arguments: Any) -> TestResponse:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        query = urlencode(arguments, doseq=True)
        return self.client.get(f"/v4{path}" + (f"?{query}" if query else ""), headers=headers)

    def data(self, path: str, **arguments: Any) -> Any:
        response = self.get(path, **arguments)
        assert (response.status_code, response.content_type) == (200, "application/json"), (
            path,
            arguments,
            response.text,
        )
        return response.get_json()

    def refusal(self, path: str, token: str | None = "x", **arguments: Any) -> tuple[int, str]:
        response = self.get(path, token, **arguments)
        return response.status_code, response.get_json()["message"]

    def clicks(self, link: str = LINK, **arguments: Any) -> list[tuple[str, int]]:
        """(date, clicks) of a link, newest first."""
        items = self.data(f"/bitlinks/{link}/clicks", **arguments)["link_clicks"]
        return [(item["date"], item["clicks"]) for item in items]

    def total(self, link: str = LINK, **arguments: Any) -> int:
        return self.data(f"/bitlinks/{link}/clicks/summary", **arguments)["total_clicks"]

    @property
    def groups(self) -> list[str]:
        return [group["guid"] for group in self.data("/groups")["groups"]]

    def group_clicks(self, group: str, **arguments: Any) -> list[tuple[str, int]]:
        items = self.data(f"/groups/{group}/links/clicks/over_time", **arguments)["data"]
        return [(item["ts"], item["count"]) for item in items]

    def pages(self, group: str, **arguments: Any) -> list[dict[str, Any]]:
        """All pages of a link list."""
        pages = [self.data(f"/groups/{group}/bitlinks", **arguments)]
        while token := pages[-1]["pagination"]["search_after"]:
            pages.append(self.data(f"/groups/{group}/bitlinks", **arguments, search_after=token))
        return pages

    def links(self, group: str, **arguments: Any) -> list[str]:
        return [link["id"] for page in self.pages(group, **arguments) for link in page["links"]]
