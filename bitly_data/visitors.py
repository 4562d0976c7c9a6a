"""Whether only people at this machine see the app, as far as it can tell. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from bitly_data.settings import is_loopback

# Whoever comes through a proxy may be anybody; these headers are how proxies say that they stand
# between (RFC 7239 and 9110, and what was usual before them).
PROXY_HEADERS = (
    "Forwarded",
    "Via",
    "X-Real-Ip",
    "X-Client-Ip",
    "X-Original-Host",
    "True-Client-Ip",
    "Cf-Connecting-Ip",
)
# All that begin with this are such headers, too.
PROXY_PREFIX = "x-forwarded-"


def is_set_up_for_others(option: Callable[[str], Any]) -> bool:
    """Whether Streamlit's settings, which no visitor can claim, are those of an app that is
    reached through a proxy. `option` gives a setting by its name.
    """
    names = [
        str(option("browser.serverAddress") or "localhost"),
        *map(str, option("server.corsAllowedOrigins") or ()),
    ]
    return (
        not option("server.enableCORS")
        or bool(option("server.baseUrlPath"))
        or not all(map(is_own_name, names))
    )


def is_seen_here_only(bound: str, headers: Mapping[str, str]) -> bool:
    """Whether the browser is on this machine, by the address that the app is bound to and by the
    headers that the browser sent.
    """
    if not headers:  # nobody is connected: the page is drawn by a program of this machine
        return is_loopback(bound)
    # A browser always says from where it connects; a program that does not may be anywhere.
    asked = (headers.get("Host") or "", headers.get("Origin") or "")
    return is_loopback(bound) and all(map(is_own_name, asked)) and not came_through_proxy(headers)


def came_through_proxy(headers: Mapping[str, str]) -> bool:
    """Whether any header says that a proxy stands between."""
    return any(headers.get(name) for name in PROXY_HEADERS) or any(
        name.lower().startswith(PROXY_PREFIX) for name in headers
    )


def is_own_name(name: str) -> bool:
    """Whether a host, with or without a scheme and a port, is this machine's own address."""
    try:
        return is_loopback(urlsplit(f"//{name.rpartition('://')[2]}").hostname or "")
    except ValueError:  # no address of anybody
        return False
