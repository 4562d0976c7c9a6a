"""Who shortens: the organization's accounts and domains, and other people."""

from __future__ import annotations

from typing import NamedTuple

from bitly_data.demo.audiences import AMERICA, EUROPE, INDIA, OCEANIA, WORLD

SHORT_DOMAINS: tuple[str, ...] = (
    "aur.example",
    "go.aurora.example",
    "join.aurora.example",
    "nlj.example",
)
TRACKING_DOMAINS: tuple[str, ...] = ("aurora.example", "northlight-journal.example")


class Account(NamedTuple):
    """Who shortens: on which hosts, for whom, and how much of all that is shortened."""

    login: str
    hosts: tuple[str, ...]
    host_shares: tuple[float, ...]
    audience: int
    share: float  # of all the launches on its side
    site: str


ACCOUNTS = (
    Account(
        "aurora_brand",
        ("go.aurora.example", "aur.example", "bit.ly"),
        (0.6, 0.3, 0.1),
        WORLD,
        0.24,
        "aurora.example",
    ),
    Account(
        "aurora_us",
        ("aur.example", "go.aurora.example"),
        (0.7, 0.3),
        AMERICA,
        0.22,
        "aurora.example",
    ),
    Account(
        "aurora_eu",
        ("aur.example", "go.aurora.example", "bit.ly"),
        (0.6, 0.2, 0.2),
        EUROPE,
        0.20,
        "aurora.example",
    ),
    Account(
        "aurora_india", ("go.aurora.example", "bit.ly"), (0.8, 0.2), INDIA, 0.10, "aurora.example"
    ),
    Account("aurora_anz", ("aur.example", "j.mp"), (0.85, 0.15), OCEANIA, 0.08, "aurora.example"),
    Account("northlight", ("nlj.example",), (1.0,), EUROPE, 0.11, "northlight-journal.example"),
    Account("aurora_people", ("join.aurora.example",), (1.0,), WORLD, 0.05, "aurora.example"),
)
_PUBLIC = ("bit.ly", "j.mp")
ELSEWHERE = "gear-reviews.example"
OTHERS = (
    Account("bitly", _PUBLIC, (0.8, 0.2), WORLD, 0.34, "aurora.example"),
    Account("trailblog", _PUBLIC, (0.9, 0.1), AMERICA, 0.22, "aurora.example"),
    Account("mira_k", _PUBLIC, (0.7, 0.3), EUROPE, 0.18, "northlight-journal.example"),
    Account("dealhunter77", _PUBLIC, (0.3, 0.7), INDIA, 0.14, "aurora.example"),
    Account("o_7h2kfq9ab", _PUBLIC, (1.0, 0.0), OCEANIA, 0.12, "aurora.example"),
)
LOGINS: tuple[str, ...] = tuple(account.login for account in ACCOUNTS)
OTHER_LOGINS: tuple[str, ...] = tuple(account.login for account in OTHERS)
