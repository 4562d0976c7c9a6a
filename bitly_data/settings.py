"""Who answers: environment, secrets and command line in, one `Settings` value out.

The first that is set wins: command line, `BITLY_CLICK_LOG`, `BITLY_TOKENS`, `BITLY_ACCESS_TOKEN`,
the demo.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from bitly_data.errors import QuestionError

BITLY_URL = "https://api-ssl.bitly.com"
ENDPOINTS = ("auto", "/v3/link/clicks", "/link/clicks")
WIRES = ("json", "xml", "txt")
V3, V4 = APIS = ("v3", "v4")
PLANS = ("free", "core", "growth", "premium", "enterprise")
DEMO, CLICK_LOG, REMOTE = "demo", "click log", "server"
# Several accounts, a name and a token each.
TOKENS = "BITLY_TOKENS"
# So long a name of an account may be [letters].
_LONGEST_NAME = 100
CHOSEN_HERE = "you chose it on the Connection page"
NAMES = (
    "BITLY_CLICK_LOG",
    "BITLY_ACCESS_TOKEN",
    "BITLY_TOKENS",
    "BITLY_BASE_URL",
    "BITLY_TRACKING_DOMAINS",
    "BITLY_ACCOUNTS",
    "BITLY_NOW",
    "BITLY_ENDPOINT",
    "BITLY_WIRE",
    "BITLY_CALLS_PER_MINUTE",
    "BITLY_CALLS_PER_HOUR",
    "BITLY_API",
    "BITLY_ARCHIVE",
    "BITLY_PLAN",
    "BITLY_SETTLING_HOURS",
)
# Bitly's page of rate limits (2015): a minute has a tenth of an hour's calls.
CALLS_PER_MINUTE, CALLS_PER_HOUR = 100, 1000
MOST_CALLS = 1_000_000
# Late clicks are in by then (docs/decisions/0023); no more than a year, so that what is kept is
# final some day [hours].
SETTLING_HOURS, MOST_SETTLING_HOURS = 48, 366 * 24
# A name, in any script, or an address; v6 in brackets.
_HOST = re.compile(r"[\w.-]+|[0-9a-f:.]+")
# secrets.toml may give these as lists.
SEVERAL = ("BITLY_CLICK_LOG", "BITLY_TRACKING_DOMAINS", "BITLY_ACCOUNTS")


@dataclass(frozen=True)
class Settings:
    """Which source answers, why, and how it is asked. Its repr hides the token."""

    kind: str = DEMO
    why: str = "nothing else is set"
    base_url: str = ""  # REMOTE only
    token: str = field(default="", repr=False)
    click_log: tuple[str, ...] = ()
    tracking_domains: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()  # a click log's own logins; none: they are not named
    now: str | None = None  # the local server's clock; None: the machine's
    endpoint: str = "auto"
    wire: str = "json"
    calls_per_minute: int = CALLS_PER_MINUTE  # REMOTE only
    calls_per_hour: int = CALLS_PER_HOUR
    api: str = V3
    archive: str | None = None  # the file of finished buckets, v4 only; None: in memory
    plan: str = PLANS[-1]  # of the local server's v4
    settling_hours: int = SETTLING_HOURS  # v4: how long after its end a bucket may be final
    name: str = ""  # of the account, where there are several to choose from

    @property
    def account_label(self) -> str:
        """The account as people see it; never part of a cache key."""
        if self.kind == REMOTE:
            host = urlsplit(self.base_url).netloc
            return f"{self.name} at {host}" if self.name else host
        return "demo organization" if self.kind == DEMO else "click log"

    @property
    def face(self) -> str:
        """Which of the local server's faces is asked, where it is not the usual one; in words."""
        return f", as Bitly's v4 on the plan {self.plan.capitalize()}" if self.api == V4 else ""

    @property
    def source_label(self) -> str:
        """Who answers, as a chart's second line says it."""
        return "demo data" if self.kind == DEMO else self.account_label


def settings_from(
    environment: Mapping[str, str],
    secrets: Mapping[str, object] | None = None,
    command: Mapping[str, object] | None = None,
    account: str = "",
) -> Settings:
    """The settings that hold; `account` is the one that somebody chose of several, by its name.

    `environment` and `secrets` have the names in `NAMES` (a secret wins, and what is blank
    counts as not set); the names in `SEVERAL` may be lists in `secrets`, and `TOKENS` a table.
    `command` has `clicks`, `tracking_domain`, `account`, `now`, `base_url`, `token`, `token_of`,
    `endpoint`, `wire`, `api`, `archive`, `plan`, `settling_hours`.
    Raises `QuestionError` for a value that cannot be used, never with the value of a secret.
    """
    given = _given(environment, secrets or {})
    line = _given_on_the_line(command or {})

    def first(option: str, name: str, otherwise: str = "") -> str:
        return str(line.get(option) or _one(given, name) or otherwise)

    tokens = tokens_in(environment, secrets or {})
    kind, why, logs, url, token, name = _who(given, line, tokens, account)
    # Bitly's own host has not answered v3 since 2020; any other server is one that speaks it.
    usual = V4 if urlsplit(url).hostname == urlsplit(BITLY_URL).hostname else V3
    words = {
        "endpoint": _one_of("endpoint", ENDPOINTS, first("endpoint", "BITLY_ENDPOINT", "auto")),
        "wire": _one_of("wire format", WIRES, first("wire", "BITLY_WIRE", "json")),
        "api": _one_of("API", APIS, first("api", "BITLY_API", usual)),
        "plan": _one_of("plan", PLANS, first("plan", "BITLY_PLAN", PLANS[-1])),
    }
    return Settings(
        kind=kind,
        why=why,
        click_log=logs,
        base_url=url,
        token=token,
        name=name,
        tracking_domains=_names(given, line, "BITLY_TRACKING_DOMAINS", "tracking_domain"),
        accounts=_names(given, line, "BITLY_ACCOUNTS", "account"),
        now=first("now", "BITLY_NOW") or None,
        archive=first("archive", "BITLY_ARCHIVE") or None,
        settling_hours=_settling(first("settling_hours", "BITLY_SETTLING_HOURS")),
        calls_per_minute=_calls(given, "BITLY_CALLS_PER_MINUTE", CALLS_PER_MINUTE),
        calls_per_hour=_calls(given, "BITLY_CALLS_PER_HOUR", CALLS_PER_HOUR),
        **words,
    )


def account_names(
    environment: Mapping[str, str],
    secrets: Mapping[str, object] | None = None,
    command: Mapping[str, object] | None = None,
) -> tuple[str, ...]:
    """The accounts that a reader can choose from, by their names; empty where there is no choice.

    Raises as `settings_from`.
    """
    chosen = settings_from(environment, secrets, command)
    tokens = tokens_in(environment, secrets or {})
    is_fixed = bool((command or {}).get("token_of"))
    return tuple(tokens) if chosen.name and len(tokens) > 1 and not is_fixed else ()


def tokens_in(environment: Mapping[str, str], secrets: Mapping[str, object]) -> dict[str, str]:
    """The access tokens by the names of their accounts, as they are written in `TOKENS`.

    Raises `QuestionError`, never with a name or a token: one may stand in the other's place.
    """
    value = secrets.get(TOKENS) or environment.get(TOKENS, "")
    pairs = _table(value) if isinstance(value, Mapping) else _pairs(value)
    tokens: dict[str, str] = {}
    for place, (written, token) in enumerate(pairs, 1):
        name = " ".join(written.split())
        if not token:
            continue  # what is blank counts as not set
        if not name or not name.isprintable() or len(name) > _LONGEST_NAME:
            raise QuestionError(
                f"Entry {place} of {TOKENS} has no name that can be shown: give it one line of at "
                f"most {_LONGEST_NAME} characters."
            )
        if name in tokens:
            raise QuestionError(f"Entry {place} of {TOKENS} has the name of one before it.")
        tokens[name] = checked_token(token)
    return tokens


def _table(value: Mapping[Any, object]) -> list[tuple[str, str]]:
    """The entries of a table of tokens. Raises `QuestionError`."""
    for place, token in enumerate(value.values(), 1):
        if not isinstance(token, str):
            raise QuestionError(
                f"Entry {place} of [{TOKENS}] in secrets.toml is not a text: write the token in "
                "quotes."
            )
    return [(str(name), str(token).strip()) for name, token in value.items()]


def _pairs(value: object) -> list[tuple[str, str]]:
    """The entries of a text of names and tokens. Raises `QuestionError`."""
    if not isinstance(value, str):
        raise QuestionError(
            f"{TOKENS} in secrets.toml is not a table: write [{TOKENS}], and below it a name and "
            'a token a line, such as "Acme" = "…".'
        )
    parts = [part for part in value.split(";") if part.strip()]
    for place, part in enumerate(parts, 1):
        if "=" not in part:
            raise QuestionError(
                f"Entry {place} of {TOKENS} has no “=”: write a name and a token for each account, "
                "such as Acme=…; Zeta=…"
            )
    return [(name, token.strip()) for name, _, token in (part.partition("=") for part in parts)]


def _one_of(name: str, words: Sequence[str], word: str) -> str:
    """The word, if it is one of those there are. Raises `QuestionError`."""
    if word not in words:
        raise QuestionError(f"The {name} must be one of {', '.join(words)}.")
    return word


def _names(given: _Given, line: Mapping[str, object], name: str, option: str) -> tuple[str, ...]:
    """The names of an option, which is repeated, or of a setting, with commas between them."""
    return tuple(_many(line.get(option))) or _parts(given.get(name, ()))


def names_in(environment: Mapping[str, str], name: str) -> tuple[str, ...]:
    """The names that a variable of the environment has, with commas between them."""
    return _parts((environment.get(name, ""),))


def _parts(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(part.strip() for text in texts for part in text.split(",") if part.strip())


def _calls(given: _Given, name: str, default: int) -> int:
    return _whole(_one(given, name), default, 1, MOST_CALLS, f"{name} is a whole number of calls")


def _settling(text: str) -> int:
    """The settling time [hours]; the usual one where it is not set. Raises `QuestionError`."""
    said = "The settling time is a whole number of hours"
    return _whole(text, SETTLING_HOURS, 0, MOST_SETTLING_HOURS, said)


def _whole(text: str, default: int, least: int, most: int, said: str) -> int:
    """A whole number, by default this one. Raises `QuestionError` with what is `said` of it."""
    text = text or str(default)
    # No number here has more digits; Python reads no more than some thousand.
    is_whole = text.isascii() and text.isdigit() and len(text) <= 7
    if not (is_whole and least <= int(text) <= most):
        raise QuestionError(f"{said}, {least:,} to {most:,}.")
    return int(text)


def chosen_demo(server: Settings, api: str, plan: str) -> Settings:
    """The demo as one session has it, where a server is set to something else or the same.

    Its clock, and how many calls a minute are sent, are those that the server is set to.
    """
    return _chosen(server, kind=DEMO, api=api, plan=plan)


def chosen_click_log(
    server: Settings,
    paths: Sequence[str],
    tracking_domains: Sequence[str],
    api: str,
    plan: str,
    accounts: Sequence[str] = (),
) -> Settings:
    """A click log as one session has it. Raises `QuestionError` without a path.

    The server's stopped clock holds for its own log only: another may be of another year.
    """
    if not paths:
        raise QuestionError("Give the path of a click log: a file, a folder or a glob.")
    own = tuple(paths) == server.click_log
    return _chosen(
        server,
        kind=CLICK_LOG,
        click_log=tuple(paths),
        api=api,
        plan=plan,
        tracking_domains=tuple(tracking_domains),
        accounts=tuple(accounts),
        now=server.now if own else None,
    )


def chosen_server(server: Settings, base_url: str, token: str, api: str) -> Settings:
    """A server and a token as one session has them. Raises `QuestionError`, never with the token.

    Nothing that it counts comes into the file that the server keeps.
    """
    if not token.strip():
        raise QuestionError("Paste an access token.")
    return _chosen(
        server,
        kind=REMOTE,
        base_url=checked_base_url(base_url or BITLY_URL),
        token=checked_token(token.strip()),
        api=api,
        plan=server.plan,
        now=None,
    )


def _chosen(server: Settings, **parts: Any) -> Settings:
    plain = replace(
        server,
        why=CHOSEN_HERE,
        name="",
        base_url="",
        token="",
        click_log=(),
        tracking_domains=(),
        accounts=(),
        endpoint="auto",
        wire="json",
        archive=None,
    )
    return replace(plain, **parts)


def unreadable_secrets(path: str, why: str) -> QuestionError:
    """The error for secrets that are there and cannot be read; `why` holds nothing of them."""
    return QuestionError(f"{path} cannot be read: {why}.")


# The texts that are set, by name; none of them is blank.
_Given = Mapping[str, tuple[str, ...]]


def _given(environment: Mapping[str, str], secrets: Mapping[str, object]) -> _Given:
    # Streamlit puts secrets that are texts or numbers into the environment, over what was there;
    # so a secret wins in every case.
    names = [name for name in NAMES if name != TOKENS]
    given: dict[str, tuple[str, ...]] = {
        name: (environment[name].strip(),) for name in names if environment.get(name, "").strip()
    }
    given |= {
        name: texts for name in names if name in secrets if (texts := _texts(name, secrets[name]))
    }
    return given


def _texts(name: str, value: object) -> tuple[str, ...]:
    """The texts of one secret, without blank ones. Raises `QuestionError` for any other type."""
    several = name in SEVERAL and isinstance(value, list)
    items = value if several and isinstance(value, list) else [value]
    kinds = str if several else str | int | float
    if any(not isinstance(item, kinds) or isinstance(item, bool) for item in items):
        more = ", or several as a list of such texts" if name in SEVERAL else ""
        raise QuestionError(f"{name} in secrets.toml is not a text: write it in quotes{more}.")
    return tuple(text for item in items if (text := str(item).strip()))


def _one(given: _Given, name: str) -> str:
    """The one text of a setting that is no list; "" where it is not set."""
    return given.get(name, ("",))[0]


def _given_on_the_line(command: Mapping[str, object]) -> dict[str, object]:
    """The options that are given. A blank one is most likely a variable that is not set."""
    for name, value in command.items():
        if not all(text.strip() for text in _many(value)):
            option = name.replace("_", "-")
            raise QuestionError(f"--{option} is empty: give it a value, or leave it out.")
    return {name: value for name, value in command.items() if value}


_Who = tuple[str, str, tuple[str, ...], str, str, str]


def _who(
    given: _Given, line: Mapping[str, object], tokens: Mapping[str, str], account: str
) -> _Who:
    """Kind, reason, click log, address, token and the name of the account."""
    logs = tuple(_many(line.get("clicks")))
    if logs:
        return CLICK_LOG, "--clicks is given", logs, "", "", ""
    if line.get("token_of"):
        return _named_on_the_line(given, line, tokens)
    if line.get("base_url") or line.get("token"):
        url = checked_base_url(
            str(line.get("base_url") or _one(given, "BITLY_BASE_URL") or BITLY_URL)
        )
        # A token from the environment belongs to the address from the environment: it is not
        # sent to an address that only the command line names.
        token = str(line.get("token") or "")
        if not token and not line.get("base_url"):
            token = _one(given, "BITLY_ACCESS_TOKEN")
        return REMOTE, "--base-url or --token is given", (), url, checked_token(token), ""
    return _in_the_environment(given, tokens, account)


def _named_on_the_line(
    given: _Given, line: Mapping[str, object], tokens: Mapping[str, str]
) -> _Who:
    """The account that the command line names. Raises `QuestionError` without that word: it may be
    a token.
    """
    if line.get("base_url") or line.get("token"):
        raise QuestionError(
            f"--token-of takes a token and an address from the settings ({TOKENS}, "
            "BITLY_BASE_URL): leave out --token and --base-url, or --token-of."
        )
    name = " ".join(str(line["token_of"]).split())
    if name not in tokens:
        there = f"its accounts are {', '.join(tokens)}" if tokens else "it is not set"
        raise QuestionError(f"--token-of takes the name of an account in {TOKENS}: {there}.")
    return REMOTE, "--token-of is given", (), _own_url(given), tokens[name], name


def _in_the_environment(given: _Given, tokens: Mapping[str, str], account: str) -> _Who:
    if "BITLY_CLICK_LOG" in given:
        return CLICK_LOG, "BITLY_CLICK_LOG is set", given["BITLY_CLICK_LOG"], "", "", ""
    if tokens:
        name = account if account in tokens else next(iter(tokens))
        return REMOTE, f"{TOKENS} is set", (), _own_url(given), tokens[name], name
    if "BITLY_ACCESS_TOKEN" in given:
        token = checked_token(_one(given, "BITLY_ACCESS_TOKEN"))
        return REMOTE, "BITLY_ACCESS_TOKEN is set", (), _own_url(given), token, ""
    if "BITLY_BASE_URL" in given:
        return DEMO, "BITLY_BASE_URL is set, but BITLY_ACCESS_TOKEN is not", (), "", "", ""
    return DEMO, "no token and no click log is set", (), "", "", ""


def _own_url(given: _Given) -> str:
    """The address to which the tokens of the settings belong. Raises `QuestionError`."""
    return checked_base_url(_one(given, "BITLY_BASE_URL") or BITLY_URL)


def _many(value: object) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else [str(item) for item in value]  # type: ignore[attr-defined]


def checked_token(text: str) -> str:
    """An access token that can travel in a query and in a header; "" is none.

    Raises `QuestionError` for anything else, without its value.
    """
    # What a bearer token may hold (RFC 6750), and whatever else can be seen and sent.
    if not all("!" <= letter <= "~" for letter in text):
        raise QuestionError(
            "The access token holds a character that no token has: copy it anew, "
            "without spaces, line breaks or anything around it."
        )
    return text


def checked_base_url(text: str) -> str:
    """Scheme, host and port of a server, without a trailing slash.

    TLS is required except on loopback, because v3 carries the token in the query.
    Raises `QuestionError` for anything else.
    """
    wrong = QuestionError(
        "BITLY_BASE_URL is a scheme, a host and a port, for example "
        "https://api.example.com or http://127.0.0.1:8080."
    )
    try:
        parts = urlsplit(text.strip().rstrip("/"))
        host, port = parts.hostname, parts.port
    except ValueError:
        raise wrong from None
    if (
        parts.scheme not in ("http", "https")
        or not host
        or parts.username
        or parts.password
        or parts.path
        or parts.query
        or parts.fragment
        or not _HOST.fullmatch(host)
    ):
        raise wrong
    if parts.scheme == "http" and not is_loopback(host):
        raise QuestionError(
            "A token is only sent over https: give BITLY_BASE_URL as https://, or "
            "use a server on this machine."
        )
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}" + (f":{port}" if port else "")


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its name or address alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
