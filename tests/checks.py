"""What tests of the doctor and of the Connection page share."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from support import NOW, served

from bitly_data.client import Client
from bitly_data.doctor import Report, examine
from bitly_data.settings import settings_from

CLOCK = "2026-11-03T15:20:00Z"
WORDS = {402: "UPGRADE_REQUIRED", 403: "FORBIDDEN", 404: "NOT_FOUND"}


@contextmanager
def opened(**environment: str) -> Iterator[Client]:
    connection = Client.open(settings_from(environment))
    try:
        yield connection
    finally:
        if connection.local is not None:
            connection.local.close()


@contextmanager
def core_server(log: str, token: str) -> Iterator[str]:
    """The address of a server of a log's clicks on a small plan, with calls used up already."""
    plan = ("--plan", "core", "--calls-used", "100", "--account", "ann", "--account", "bob")
    with served("--clicks", log, "--now", f"{NOW}Z", "--token", token, *plan) as address:
        yield address


def states(report: Report) -> dict[str, str]:
    return {item.endpoint: item.state for item in report.health}


def nobody() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def several(
    monkeypatch: pytest.MonkeyPatch, groups: int = 1, organizations: int = 1, **refused: int
) -> None:
    """The local server has so many of each, and answers what begins with a guid by a status.

    Ids of further organizations are made of the first one's, and so are their answers.
    """
    from bitly_data.server import v4
    from bitly_data.server.calls import Answer

    answered = v4.answer
    for name, plan in v4.PLANS.items():
        monkeypatch.setitem(v4.PLANS, name, replace(plan, groups=groups))

    def answer(request: v4.Request, *rest: Any) -> Any:
        path = request.path
        for guid, status in refused.items():
            if f"/{guid}" in path:
                return Answer(status, json.dumps({"message": WORDS[status]}).encode(), v4.JSON_TYPE)
        own_path = re.sub(r"(/O\w{10})-\d+", r"\1", path)
        found = answered(replace(request, path=own_path), *rest)
        if path != "/v4/organizations" or found.status != 200:
            return found
        own = json.loads(found.body)["organizations"][0]
        listed = [own] + [
            own | {"guid": f"{own['guid']}-{number}", "name": f"no. {number}"}
            for number in range(1, organizations)
        ]
        return Answer(200, json.dumps({"organizations": listed}).encode(), v4.JSON_TYPE)

    monkeypatch.setattr(v4, "answer", answer)


def demo_report(**environment: str) -> Report:
    with opened(
        **{"BITLY_API": "v4", "BITLY_NOW": CLOCK, "BITLY_PLAN": "core"} | environment
    ) as connection:
        return examine(connection)


def group_ids(groups: int) -> list[str]:
    """The ids of the demo's groups, where it has so many; the default one first."""
    with opened(BITLY_API="v4", BITLY_NOW=CLOCK, BITLY_PLAN="core") as connection:
        default = connection.source.account.user().default_group
        return sorted(
            (group.guid for group in connection.source.account.groups()),
            key=lambda guid: guid != default,
        )
