"""One spelling for each host, so that two spellings of a host are one host.

A host is written in many ways: with capitals, with `www.` before it, with a port or a dot behind
it, in its own script or in the letters of a DNS name (RFC 3492). Bitly's `bit.ly`, `bitly.com` and
`j.mp` lead to the same links (docs/upstream/v3.md, section 7). Upstream is asked by the name that
it gave; these spellings are for comparing, and for clicks that are counted here.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

# Everybody's: a link on one of these says nothing about whose it is.
BITLY_HOSTS: Final = ("bit.ly", "bitly.com", "j.mp")

_PLAIN: Final = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_AROUND: Final = re.compile(r"^[a-z][a-z0-9+.-]*://|[/?#].*$", re.DOTALL)
_ENCODED: Final = "xn--"  # how a label in letters of DNS begins (RFC 5890)
_PORT: Final = re.compile(r"(?<=[^:]):[0-9]*$")
# The full stops of other scripts, which browsers read as dots (RFC 3490, section 3.1).
_DOTS: Final = str.maketrans("\u3002\uff0e\uff61", "...")
# An emoji may or may not be followed by this sign; names in DNS never are.
_VARIATION_SELECTOR: Final = "\ufe0f"
_NOT_IN_LABEL: Final = frozenset("./?#@: " + _VARIATION_SELECTOR)
# `www.gov.uk` is a site, and `gov.uk` is what all of the country's offices stand under. These are
# the second levels under which a country's names are given.
_SECOND_LEVELS: Final = frozenset(
    [
        "ac",
        "co",
        "com",
        "edu",
        "go",
        "gob",
        "gouv",
        "gov",
        "govt",
        "gv",
        "ltd",
        "mil",
        "ne",
        "net",
        "nhs",
        "or",
        "org",
        "police",
        "sch",
    ]
)


# A name in DNS has 253 letters at most, an address has a port and a scheme besides.
_LONGEST: Final = 300


@lru_cache(maxsize=65_536)
def plain_host(text: str) -> str:
    """The one spelling of a host: small letters of its own script, and no scheme, port, `www.` or
    dot around it.

    Anything else comes back as it is, in small letters; the spelling of a spelling is itself.
    """
    name = text.strip().lower()
    if len(name) > _LONGEST:
        return name
    if not _PLAIN.fullmatch(name) or _ENCODED in name:
        # What is taken away may lay bare what is to be taken away next: `go.example:80.`
        while (tidier := _tidied(name)) != name:
            name = tidier
    while (shorter := name.removeprefix("www.")) != name and _is_a_site(shorter):
        name = shorter
    return name


def link_host(text: str) -> str:
    """The one spelling of the host of a link: `plain_host`, and one name for Bitly's own three."""
    name = plain_host(text)
    return BITLY_HOSTS[0] if name in BITLY_HOSTS else name


def plain_link(link: str) -> str:
    """The one spelling of a link `host/back-half`; capitals count behind the slash."""
    host, slash, back_half = link.partition("/")
    return f"{link_host(host)}{slash}{back_half}"


def asked_host(name: str) -> str:
    """A host in the letters of DNS, which every server knows it by."""
    return ".".join(map(_in_letters_of_dns, name.split(".")))


def asked_link(link: str) -> str:
    """A link with its host in the letters of DNS."""
    host, slash, back_half = link.partition("/")
    return f"{asked_host(host)}{slash}{back_half}"


def _in_letters_of_dns(label: str) -> str:
    return label if label.isascii() else _ENCODED + label.encode("punycode").decode("ascii")


def _tidied(name: str) -> str:
    if not name.isascii():
        name = unicodedata.normalize("NFKC", name.translate(_DOTS)).lower()
        name = name.replace(_VARIATION_SELECTOR, "")
    name = _PORT.sub("", _AROUND.sub("", name)).strip().rstrip(".")
    return ".".join(map(_in_its_own_script, name.split("."))) if _ENCODED in name else name


def _in_its_own_script(label: str) -> str:
    """A label without its letters of DNS; as it is where those are of no name that can be read."""
    if not label.startswith(_ENCODED):
        return label
    try:
        name = label.removeprefix(_ENCODED).encode("ascii").decode("punycode")
        again = _ENCODED + name.encode("punycode").decode("ascii")
    except (UnicodeError, OverflowError):
        return label
    is_plain = (
        again == label
        and not name.isascii()
        and name == unicodedata.normalize("NFKC", name).lower()
        and name.isprintable()
        and _NOT_IN_LABEL.isdisjoint(name)
    )
    return name if is_plain else label


def _is_a_site(name: str) -> bool:
    """Whether what is left of a host without `www.` is a host of its own."""
    labels = name.split(".")
    is_of_a_country = len(labels) == 2 and len(labels[1]) == 2 and labels[0] in _SECOND_LEVELS
    return len(labels) > 1 and all(labels) and not is_of_a_country
