"""Whose clicks are counted: which account, where there are several, and all of its groups together
or one of them.

This decides who answers, so it is known before anything else of the page. What is chosen here is
written into the choices before the page runs again, as in the period bar.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import streamlit as st

from bitly_data.client import Client
from bitly_data.errors import BitlyError, GoneError, UnreachableError
from bitly_data.query import LINK, ONLY_OTHERS
from bitly_data.sources.model import Account
from bitly_data.views.lineup import DOMAIN, Item, parse_item
from pages.components.controls import address_bar
from pages.components.controls.period_bar import BACK, Taking
from pages.components.controls.table import CONTROLS, NAMES, Choices

ALL_GROUPS = "All groups"
# Where the session keeps that somebody has just chosen another account or group.
SWITCHED = "whose_switched"
_NO_ACCOUNT = "there is no account of that name to choose"
_NO_GROUP = "this account has no group of that name to choose, so all that it has is counted."


@dataclass(frozen=True)
class FoundAccount:
    """What there is to choose from; `refusal`: why that is not known. `groups` are empty where
    there are none to choose, or nobody says which; `accounts` where there is one.
    """

    account: Account = field(default_factory=Account)
    refusal: BitlyError | None = None
    groups: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()


def asked_account(title: str) -> str:
    """The account that the page of this title is asked for, by its name; it need not be there."""
    return address_bar.chosen_so_far(title).account


def account_of(
    client: Client, title: str, accounts: Sequence[str] = ()
) -> tuple[Client, FoundAccount]:
    """Who answers for the group that the page is asked for, and whose account it is; `accounts` are
    those to choose from.

    A page asks once, and hands it on. A group that is not there is none, which `settle` says; while
    nobody can say which there are, it is asked for as it is.
    """
    client, found = _with_group(client, title)
    return client, replace(found, accounts=tuple(accounts))


def _with_group(client: Client, title: str) -> tuple[Client, FoundAccount]:
    found, name = _found(client), address_bar.chosen_so_far(title).group
    is_silent = isinstance(found.refusal, UnreachableError | GoneError)
    groups = None if is_silent else _groups(client)
    if groups is None:
        return client.of_group(name), found
    if name in groups:
        client = client.of_group(name)
        found = _found(client)
    return client, replace(found, groups=groups)


def _found(client: Client) -> FoundAccount:
    try:
        return FoundAccount(client.account())
    except BitlyError as problem:
        return FoundAccount(refusal=problem)


def _groups(client: Client) -> tuple[str, ...] | None:
    """The groups to choose from; `None` where nobody says."""
    if not client.capabilities.groups:
        return ()
    try:
        return client.groups()
    except BitlyError:
        return None


def draw(found: FoundAccount, choices: Choices, taking: Taking) -> None:
    """The choices of an account and of a group, each where there are several."""
    if found.accounts:
        _choice(
            "account",
            found.accounts,
            choices.account,
            taking,
            help="Whose clicks are shown. Nothing of one account is part of another's numbers.",
        )
    if found.groups:
        _choice(
            "group",
            ("", *found.groups),
            choices.group,
            taking,
            help="Everything on the page is counted for this group alone. “All groups” adds up the "
            "clicks of every group that your token may see.",
        )


def _choice(field: str, names: Sequence[str], now: str, taking: Taking, *, help: str) -> None:
    key = f"w_{field}"
    st.session_state[key] = now
    st.selectbox(
        CONTROLS[field].label,
        names,
        key=key,
        format_func=lambda name: name or ALL_GROUPS,
        help=help,
        on_change=_pick,
        args=(field, key, taking),
    )


def _pick(field: str, key: str, taking: Taking) -> None:
    st.session_state[SWITCHED] = True
    st.session_state.pop(BACK, None)  # a step back is no switch back
    taking.show(replace(address_bar.kept_choices(), **{field: st.session_state[key]}))


def settle(client: Client, found: FoundAccount, taking: Taking) -> bool:
    """Drop what the group or the account does not have, with a sentence for each; whether there
    was something.

    Domains, login and links are looked at where somebody has just switched: an address may well ask
    for what nobody lists.
    """
    choices = address_bar.kept_choices()
    is_switched = bool(st.session_state.pop(SWITCHED, False))
    sentences = [] if is_switched else address_bar.dropped_sentences()
    there = replace(
        choices, account=client.settings.name if found.accounts else "", group=client.group
    )
    more = list(_unknown(choices, there, client.settings.name))
    if is_switched and found.refusal is None:
        whose = client.group or client.settings.name or "the account"
        left = without_foreign(there, client, found.account)
        more += _dropped(there, left, whose)
        there = left
    if there != choices:
        taking.show(there)
    if more:
        address_bar.drop([*sentences, *more])
    return bool(more)


def _unknown(asked: Choices, there: Choices, account: str) -> Iterator[str]:
    """A sentence each for an account and a group that were asked for and are not there; `account`
    is the one that is shown.
    """
    if asked.account not in ("", account):
        shown = f", so {there.account} is shown." if there.account else "."
        name = f"{NAMES['account']}={asked.account[:40]}"
        yield f"“{name}” in the address was left out: {_NO_ACCOUNT}{shown}"
    if asked.group != there.group:
        name = f"{NAMES['group']}={asked.group[:40]}"
        yield f"“{name}” in the address was left out: {_NO_GROUP}"


def without_foreign(choices: Choices, client: Client, account: Account) -> Choices:
    """The choices without the domains, the login and the links that a client does not count."""

    def has(item: Item) -> bool:
        if item.kind == LINK:
            try:
                return client.has_link(item.name)
            except BitlyError:
                return True  # nobody says; the page will, if it asks about it
        if item.kind == DOMAIN:
            return item.name in (*account.short_domains, *account.tracking_domains)
        others = client.capabilities.other_peoples_links
        return others if item.name == ONLY_OTHERS else item.name in account.logins

    domains = tuple(name for name in choices.domains if has(Item(DOMAIN, name)))
    return replace(
        choices,
        domains=domains,
        login=choices.login if choices.login and has(parse_item(f"@{choices.login}")) else None,
        link=choices.link if choices.link and has(Item(LINK, choices.link)) else None,
        items=tuple(text for text in choices.items if has(parse_item(text))),
    )


def _dropped(before: Choices, after: Choices, whose: str) -> Iterator[str]:
    """A sentence for each choice that is not there any more."""
    for name in ("domains", "login", "link", "items"):
        old, new = getattr(before, name), getattr(after, name)
        gone = [one for one in old if one not in new] if isinstance(old, tuple) else [old]
        if old != new:
            yield f"“{NAMES[name]}={', '.join(gone)[:80]}” was left out: {whose} does not have it."
