"""Clients written for Bitly itself read the local server, changed in nothing but the address."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import bitly_api
import pytest
import trustme
from libsaas.services import bitly as libsaas_bitly
from support import NOW, epoch, served, write_clicks

LINK = "http://go.ex.com/Ab"
TOKEN = "old-token"


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    path = write_clicks(tmp_path_factory.mktemp("log") / "clicks.log")
    return [
        "--clicks",
        path,
        "--now",
        f"{NOW}Z",
        "--token",
        TOKEN,
        "--tracking-domain",
        "shop.example",
        "--account",
        "ann",
        "--account",
        "bob",
    ]


@pytest.fixture(scope="module")
def address(words: list[str]) -> Iterator[str]:
    with served(*words) as address:
        yield address


@pytest.fixture(scope="module")
def secure(
    words: list[str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    """The address of a server over TLS, and the file with the authority to trust."""
    folder = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    certificate = authority.issue_cert("127.0.0.1")
    certificate.private_key_pem.write_to_path(str(folder / "key.pem"))
    certificate.cert_chain_pems[0].write_to_path(str(folder / "certificate.pem"))
    with served(
        *words, "--tls-cert", str(folder / "certificate.pem"), "--tls-key", str(folder / "key.pem")
    ) as address:
        yield address, folder / "authority.pem"


@pytest.fixture
def connection(secure: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> bitly_api.Connection:
    """Bitly's own client for Python, as PyPI has it for Python 3."""
    address, authority = secure
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    connection = bitly_api.Connection(access_token=TOKEN)
    connection.ssl_host = urlsplit(address).netloc
    return connection


def test_bitly_s_own_client(connection: bitly_api.Connection) -> None:
    assert connection.link_clicks(LINK) == 31
    assert connection.link_clicks(LINK, unit="week", units=2, rollup=True) == 15
    assert connection.link_clicks(
        LINK,
        unit="day",
        units=2,
        tz_offset="America/New_York",
        rollup=False,
        limit=1000,
        unit_reference_ts="now",
    ) == [
        {"dt": epoch("2013-05-17T04:00:00"), "clicks": 1},
        {"dt": epoch("2013-05-16T04:00:00"), "clicks": 2},
    ]
    assert connection.link_clicks(LINK, units=1, tz_offset=0, rollup=False) == [
        {"dt": epoch("2013-05-17T00:00:00"), "clicks": 3}
    ]


def test_bitly_s_own_client_asks_for_an_organization(connection: bitly_api.Connection) -> None:
    data = connection._call_oauth2_metrics(
        "v3/organization/clicks", {"domain": "go.ex.com"}, unit="month", units=1
    )
    assert data["organization_clicks"] == 15
    assert connection.user_info()["login"] == "bob"  # the busiest account
    history = connection.user_link_history()
    assert {item["link"] for item in history} == {LINK, "http://bit.ly/Bc", "http://x.ex.com/Cd"}


def test_bitly_s_own_client_asks_about_several_links(connection: bitly_api.Connection) -> None:
    missing = "http://go.ex.com/nothing"
    found, none, other = connection.expand(shortUrl=[LINK, missing], hash="Cd")
    assert (found["short_url"], found["long_url"]) == (LINK, "http://ex.com/a")
    assert none == {"short_url": missing, "error": "NOT_FOUND"}
    assert (other["hash"], other["long_url"]) == ("Cd", "http://ex.com/c")
    (clicked,) = connection.clicks(shortUrl=LINK)
    assert (clicked["user_clicks"], clicked["global_clicks"]) == (31, 31)
    (about,) = connection.info(shortUrl=LINK)
    assert about["created_by"] == "ann"
    (days,) = connection.clicks_by_day(hash="Ab")
    assert [day["clicks"] for day in days["clicks"][:3]] == [1, 2, 4]
    (minutes,) = connection.clicks_by_minute(hash="Ab")
    assert sum(minutes["clicks"]) == 1


def test_bitly_s_own_client_reads_tables(connection: bitly_api.Connection) -> None:
    assert connection.link_countries(LINK) == [{"country": "None", "clicks": 31}]
    assert connection.link_referrers(LINK) == [{"referrer": "unknown", "clicks": 31}]
    assert connection.link_referring_domains(LINK) == [{"domain": "unknown", "clicks": 31}]
    clicks = connection.user_clicks(unit="month", units=1, tz_offset=0)["user_clicks"]
    assert clicks == 15 + 32 + 64
    popular = connection.user_popular_links(unit="month", units=1)
    assert popular[0] == {"link": "http://x.ex.com/Cd", "clicks": 64}
    assert connection.user_tracking_domain_list() == ["shop.example"]
    assert connection.user_tracking_domain_clicks("shop.example") == 128


def test_bitly_s_own_client_knows_the_errors(connection: bitly_api.Connection) -> None:
    with pytest.raises(bitly_api.BitlyError, match="NOT_FOUND") as caught:
        connection.link_clicks("http://go.ex.com/nothing")
    assert caught.value.code == 404
    connection.access_token = "wrong"
    with pytest.raises(bitly_api.BitlyError, match="INVALID_ACCESS_TOKEN"):
        connection.link_clicks(LINK)


def test_libsaas(address: str) -> None:
    service = libsaas_bitly.Bitly(TOKEN)
    service.apiroot = f"{address}/v3"
    answer = service.link(LINK).clicks()
    assert (answer["status_code"], answer["data"]["link_clicks"]) == (200, 31)
    answer = service.link(LINK).clicks(
        unit="month",
        units=2,
        timezone="Europe/Tallinn",
        rollup=False,
        limit=5,
        unit_reference_ts=epoch("2013-05-10T00:00:00"),
    )
    assert answer["data"]["link_clicks"] == [
        {"dt": epoch("2013-04-30T21:00:00"), "clicks": 15},
        {"dt": epoch("2013-03-31T21:00:00"), "clicks": 16},
    ]
