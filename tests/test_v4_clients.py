"""Others' words about v4: a client from PyPI, and Bitly's own description of the answers."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
import yaml
from bitlyapi.bitlyapi_client import BitlyapiClient
from bitlyapi.configuration import Configuration, Environment, Server
from bitlyapi.exceptions.forbidden_exception import FORBIDDENException
from bitlyapi.exceptions.notfound_exception import NOTFOUNDException
from bitlyapi.exceptions.upgraderequired_exception import UPGRADEREQUIREDException
from bitlyapi.http.auth.o_auth_2 import BearerAuthCredentials
from bitlyapi.http.http_call_back import HttpCallBack
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
)
from support import NOW, served, write_clicks
from tiers import WITHOUT_SHARED

from bitly_data.server.v4 import OPERATIONS, Operation

LINK = "go.ex.com/Ab"
FOREIGN = "j.mp/De"
TOKEN = "new-token"
JSON = "application/json"
FOLDER = Path(__file__).parents[2] / "shared/reference/v4-openapi"
# The newer one of metrics first, then the whole of an older one: campaigns, expand, and changes.
DESCRIPTIONS = (
    FOLDER / "bitly-v4-analytics-2026-transcribed.yml",
    FOLDER / "bitly-v4-official-2021-04.json",
)


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    path = write_clicks(tmp_path_factory.mktemp("log") / "clicks.log")
    named = ["--account", "ann", "--account", "bob"]
    return ["--clicks", path, "--now", f"{NOW}Z", "--token", TOKEN, *named]


@pytest.fixture(scope="module")
def addresses(words: list[str]) -> Iterator[dict[str, str]]:
    """The address of a server by the plan of its account."""
    with (
        served(*words, "--plan", "enterprise") as enterprise,
        served(*words, "--plan", "core", "--zero-days", "sparse", "--group-ts", "epoch") as core,
    ):
        yield {"enterprise": enterprise, "core": core}


# -- bitly-api-sdk --------------------------------------------------------------------------------


class BucketStore(HttpCallBack):
    """The body of the client's last answer.

    Its models take the strings of a group and of an organization for objects and lose them, so
    what it read there is seen only here.
    """

    last: Any = None

    def on_before_request(self, request: Any) -> None:
        """Nothing to do."""

    def on_after_response(self, response: Any) -> None:
        self.last = json.loads(response.text)


@pytest.fixture
def kept() -> BucketStore:
    return BucketStore()


@pytest.fixture
def client(
    addresses: dict[str, str], kept: BucketStore, monkeypatch: pytest.MonkeyPatch
) -> BitlyapiClient:
    """The client of the core account, changed in nothing but the address.

    It has no option for that: the address is in its table of environments.
    """
    monkeypatch.setitem(
        Configuration.environments[Environment.PRODUCTION],
        Server.SERVER_1,
        f"{addresses['core']}/v4",
    )
    return BitlyapiClient(
        bearer_auth_credentials=BearerAuthCredentials(access_token=TOKEN), http_call_back=kept
    )


@pytest.fixture
def group(client: BitlyapiClient, kept: BucketStore) -> dict[str, Any]:
    """The account's only group, as the client got it."""
    assert len(client.groups.retrieve_groups(organization_guid=None, accept=JSON).groups) == 1
    return kept.last["groups"][0]


def test_the_sdk_reads_a_link_s_clicks(client: BitlyapiClient) -> None:
    answer = client.clicks.get_clicks_for_a_bitlink(
        unit="day", units=-1, unit_reference="2013-05-17T11:00:00+0000", bitlink=LINK, accept=JSON
    )
    assert (answer.unit, answer.units) == ("day", -1)
    assert [(item.date, item.clicks) for item in answer.link_clicks] == [
        ("2013-05-17T00:00:00+0000", 3),
        ("2013-05-15T00:00:00+0000", 4),
        ("2013-05-08T00:00:00+0000", 8),
    ]
    answer = client.clicks.get_clicks_for_a_bitlink("hour", 1, None, LINK, JSON)
    assert [(item.date, item.clicks) for item in answer.link_clicks] == [
        ("2013-05-17T11:00:00+0000", 1)
    ]


def test_the_sdk_reads_a_summary(client: BitlyapiClient) -> None:
    answer = client.clicks.get_a_clicks_summary_for_a_bitlink("week", 2, None, LINK, JSON)
    assert (answer.total_clicks, answer.units, answer.unit) == (15, 2, "week")
    assert answer.unit_reference == "2013-05-17T11:59:59+0000"


def test_the_sdk_reads_groups_and_links(
    client: BitlyapiClient, kept: BucketStore, group: dict[str, Any]
) -> None:
    assert group["bsds"] == ["x.ex.com", "go.ex.com"]
    client.group_guid.retrieve_a_group(group["guid"], JSON)
    assert kept.last == group
    links = client.bitlinks.retrieve_bitlinks_by_group(
        size=2,
        page=None,
        keyword=None,
        query=None,
        created_before=None,
        created_after=None,
        modified_after=None,
        archived="both",
        deeplinks=None,
        domain_deeplinks=None,
        campaign_guid=None,
        channel_guid=None,
        custom_bitlink=None,
        tags=None,
        launchpad_ids=None,
        encoding_login=None,
        group_guid=group["guid"],
        accept=JSON,
    )
    assert (len(links.links), links.pagination.size) == (2, 2)
    assert [link["id"] for link in kept.last["links"]] == ["bit.ly/Bc", "x.ex.com/Cd"]
    found = client.bitlinks.retrieve_sorted_bitlinks_for_group(
        "day", 2, None, 10, group["guid"], "clicks", JSON
    )
    assert len(found.sorted_links) == len(found.links) == 3
    assert [(item["id"], item["clicks"]) for item in kept.last["sorted_links"]] == [
        ("x.ex.com/Cd", 64),
        ("bit.ly/Bc", 32),
        (LINK, 3),
    ]
    client.bitlink.retrieve_a_bitlink(LINK, JSON)
    assert kept.last["long_url"] == "http://ex.com/a"


def test_the_sdk_reads_the_account(
    client: BitlyapiClient, kept: BucketStore, group: dict[str, Any]
) -> None:
    user = client.user.retrieve_a_user(JSON)
    assert (user.login, user.is_active) == ("bob", True)
    assert kept.last["default_group_guid"] == group["guid"]
    assert len(client.organizations.retrieve_organizations(JSON).organizations) == 1
    (organization,) = kept.last["organizations"]
    assert (organization["guid"], organization["tier"]) == (group["organization_guid"], "core")
    client.organization_guid.get_plan_limits(organization["guid"], JSON)
    assert [item["limit"] for item in kept.last["plan_limits"] if item["name"] == "api_calls"] == [
        5000
    ]
    client.user.get_platform_limits("/bsds", JSON)
    assert kept.last == {"platform_limits": []}  # the clock stands still: no limit of an hour
    assert client.misc.get_bs_ds(JSON).bsds == group["bsds"]


def test_the_sdk_knows_the_errors(client: BitlyapiClient, group: dict[str, Any]) -> None:
    with pytest.raises(NOTFOUNDException) as missing:
        client.clicks.get_clicks_for_a_bitlink("day", 1, None, "go.ex.com/nothing", JSON)
    assert missing.value.message == "NOT_FOUND"
    with pytest.raises(FORBIDDENException):
        client.clicks.get_clicks_for_a_bitlink("day", 1, None, FOREIGN, JSON)
    with pytest.raises(UPGRADEREQUIREDException):
        client.group_guid.get_clicks_by_group("day", 1, None, group["guid"], JSON)
    stranger = BitlyapiClient(bearer_auth_credentials=BearerAuthCredentials(access_token="wrong"))
    with pytest.raises(FORBIDDENException):
        stranger.user.retrieve_a_user(JSON)


# -- Bitly's own description ----------------------------------------------------------------------

needs_description = pytest.mark.skipif(not FOLDER.is_dir(), reason=WITHOUT_SHARED)
# Besides those that the description gives an operation (section 4 of the fact sheet).
STATUSES = {400, 402, 403, 404, 410, 422, 429}


@pytest.fixture(scope="module")
def descriptions() -> list[dict[str, Any]]:
    # JSON is YAML, and the same reader serves for both.
    return [yaml.safe_load(path.read_text("utf-8")) for path in DESCRIPTIONS]


@pytest.fixture(scope="module", params=["enterprise", "core"])
def schema(
    request: pytest.FixtureRequest, addresses: dict[str, str], descriptions: list[dict[str, Any]]
) -> tuple[str, str, list[schemathesis.BaseSchema]]:
    """An account's plan, its server, and the descriptions with more to say about requests.

    Texts made up at random name no group and no time; so that operations are not only driven to
    refusals, such parameters may have values that mean something here as well.
    """
    address = addresses[request.param]
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {TOKEN}"
    groups = [
        group["guid"] for group in session.get(f"{address}/v4/groups", timeout=10).json()["groups"]
    ]
    organization = session.get(f"{address}/v4/organizations", timeout=10).json()["organizations"][
        0
    ]["guid"]
    asked = [narrowed(each, groups, organization) for each in descriptions]
    return request.param, address, [schemathesis.openapi.from_dict(each) for each in asked]


def narrowed(description: dict[str, Any], groups: list[str], organization: str) -> dict[str, Any]:
    asked = copy.deepcopy(description)
    parameters = asked["components"]["parameters"]
    links = [LINK, "bit.ly/Bc", FOREIGN, "go.ex.com/nothing"]
    for name, values in {
        "Bitlink": links,
        "CustomBitlink": links,
        "GroupGUID": [*groups, "Ba1bc23dE4F"],
        "OrganizationGUID": [organization, "Oa1bcd234eF"],
        "Name": [["encodes"], ["qr_codes", "none"]],
    }.items():
        if name in parameters:
            parameters[name]["schema"]["enum"] = values
    for name, values in {
        "UnitReferenceTimeStamp": ["2013-05-16T00:00:00+0000", "2006-01-02T15:04:05-0700"],
        "OrganizationGUIDFilter": [organization],
        "UnitAmount": [-1, 1, 40],
        "UnitAmountOptional": [-1, 7],
        "Size": [1, 2, 50],
        "SortedSize": [1, 100],
        "SearchAfter": [""],
        "Path": ["/bsds", "/organizations/{organization_guid}"],
        "Query": ["ex"],
        "EncodingLogin": [["ann"]],
        "Tags": [[]],
        "LaunchpadIDs": [[]],
        "CreatedBefore": [1_400_000_000],
        "CreatedAfter": [1_300_000_000],
        "FilterCampaignGUID": [""],
        "FilterChannelGUID": [""],
        "GroupGUIDFilter": groups,
        "StartDate": ["2013-04-01"],
        "EndDate": ["2013-05-17"],
    }.items():
        if name in parameters:
            free = parameters[name]["schema"]
            parameters[name]["schema"] = {"anyOf": [{**free, "enum": values}, free]}
    if "ExpandBitlink" in asked["components"]["schemas"]:
        body = asked["components"]["schemas"]["ExpandBitlink"]
        body["properties"]["bitlink_id"]["enum"] = [*links, "go.ex.com"]
    return asked


def where(descriptions: Sequence[Any], operation: Operation) -> int | None:
    """In which of the descriptions an operation is found first."""
    for index, description in enumerate(descriptions):
        found = description["paths"].get(operation.template, {})
        if operation.method.lower() in found:
            return index
    return None


@needs_description
def test_every_operation_is_one_of_bitly_s(descriptions: list[dict[str, Any]]) -> None:
    assert [each for each in OPERATIONS if where(descriptions, each) is None] == []


@needs_description
def test_every_read_of_bitly_s_is_one_here(descriptions: list[dict[str, Any]]) -> None:
    here = {(each.method, each.template) for each in OPERATIONS}
    described = {
        ("GET", path)
        for description in descriptions
        for path, operations in description["paths"].items()
        if "get" in operations
    }
    assert described <= here


@needs_description
def test_csv_is_where_bitly_describes_it(descriptions: list[dict[str, Any]]) -> None:
    """And with the headings of its examples."""
    newest = descriptions[0]["paths"]
    for each in OPERATIONS:
        operation = newest.get(each.template, {}).get(each.method.lower())
        if operation is None:
            assert each.csv is None, each
            continue
        described = operation["responses"]["200"]["content"].get("text/csv")
        assert (each.csv is None) == (described is None), each
        if each.csv is not None and described is not None and "example" in described:
            assert described["example"].splitlines()[0] == each.csv.heading, each


# Behind a wall on the smaller plan, before anything else or for what is the account's own.
WALLS = {
    "/groups/{group_guid}/clicks",
    "/groups/{group_guid}/cities",
    "/groups/{group_guid}/devices",
    "/bitlinks/{bitlink}/cities",
    "/bitlinks/{bitlink}/devices",
    "/custom_bitlinks/{custom_bitlink}",
    "/custom_bitlinks/{custom_bitlink}/clicks",
    "/custom_bitlinks/{custom_bitlink}/clicks_by_destination",
    "/organizations/{organization_guid}/webhooks",
}
# What no click log has, or not this one.
MISSING = {
    "/campaigns/{campaign_guid}",
    "/channels/{channel_guid}",
    "/webhooks/{webhook_guid}",
    "/apps/{client_id}",
    "/bitlinks/{bitlink}/qr",
    "/custom_bitlinks/{custom_bitlink}",
}
# Two forms of which exactly one is to fit, and neither demands anything: every object fits both.
UNFIT = {"/groups/{group_guid}/codes/scans/top"}


def expected_status(operation: Operation, plan: str) -> int:
    """What at least one of the answers to many questions is to be."""
    if operation.template.endswith("/exports"):
        return 402
    if operation.method != "GET" and operation.template != "/expand":
        return 403
    if plan == "core" and operation.template in WALLS:
        return 402
    return 404 if operation.template in MISSING else 200


def name_of(operation: Operation) -> str:
    is_get = operation.method == "GET"
    return operation.template if is_get else f"{operation.method} {operation.template}"


@needs_description
@pytest.mark.parametrize("operation", OPERATIONS, ids=name_of)
def test_answers_are_as_described(
    schema: tuple[str, str, list[schemathesis.BaseSchema]],
    descriptions: list[dict[str, Any]],
    operation: Operation,
) -> None:
    """Every answer has the described content type and schema, good question or bad."""
    plan, address, schemas = schema
    index = where(descriptions, operation)
    assert index is not None
    described = schemas[index][operation.template][operation.method]
    seen: set[int] = set()
    kinds: set[str] = set()
    checks = [content_type_conformance]
    if operation.template not in UNFIT:
        checks.append(response_schema_conformance)

    def drive(case: schemathesis.Case) -> None:
        for accept in ("*/*", "text/csv") if operation.csv else ("*/*",):
            ask(case, accept)

    def ask(case: schemathesis.Case, accept: str) -> None:
        headers = {"Authorization": f"Bearer {TOKEN}", "Accept": accept}
        response = case.call(base_url=f"{address}/v4", headers=headers)
        seen.add(response.status_code)
        declared = {int(status) for status in described.definition.raw["responses"]}
        assert response.status_code in declared | STATUSES
        kind = response.headers["content-type"][0].partition(";")[0]
        if response.status_code == 200:
            kinds.add(kind)
        if kind == "text/csv":
            case.validate_response(response, checks=[content_type_conformance])
        elif response.status_code in declared:
            case.validate_response(response, checks=checks)
        else:
            assert kind == JSON
            assert {"message", "resource", "description"} <= response.json().keys()

    every = settings(
        max_examples=5 if expected_status(operation, plan) in (402, 403) else 15,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    cases = described.as_strategy(GenerationMode.POSITIVE)
    seed(4)(every(given(case=cases)(lambda case: drive(case))))()
    assert expected_status(operation, plan) in seen
    if 200 in seen:
        assert kinds == ({JSON, "text/csv"} if operation.csv else {JSON})
