"""Which sources a browser session can choose, and the settings that its form stands for. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bitly_data.errors import QuestionError
from bitly_data.settings import (
    BITLY_URL,
    CLICK_LOG,
    DEMO,
    PLANS,
    REMOTE,
    V3,
    V4,
    Settings,
    chosen_click_log,
    chosen_demo,
    chosen_server,
)

# What a question names of an account, and another account does not have.
OF_ONE_ACCOUNT = ("domains", "login", "link")

SHARED_LOG = (
    "You see this app through a shared server, so you cannot name files on its machine. You can "
    "use the click log from the server's settings."
)
SHARED_ADDRESS = (
    "You see this app through a shared server, so you cannot make it call any address. You can "
    "use Bitly's own address and the one in the server's settings."
)
FOR_EVERYBODY = (
    "To choose this for everybody who looks at this server, put these lines into "
    "`.streamlit/secrets.toml` beside the app, or set the same names in the server's environment. "
    "The file stays out of version control."
)
NOTHING_TO_KEEP = "A server without settings of its own shows the demo."

# Groups of inputs that a kind of source takes.
LOG, FACE, SERVER = "log", "face", "server"


@dataclass(frozen=True)
class FormValues:
    """What the inputs hold; those that a kind of source does not take are empty.

    `log` holds paths, a line each, `tracking` domains and `accounts` logins with commas between.
    """

    face: str = ""
    log: str = ""
    tracking: str = ""
    accounts: str = ""
    address: str = ""
    token: str = field(default="", repr=False)


@dataclass(frozen=True)
class Situation:
    """What a choice rests on beside the form.

    `server` are the settings of the server, `tested` those that this session tested last. `here`:
    only people at this machine see the app.
    """

    server: Settings
    tested: Settings | None = None
    here: bool = False


@dataclass(frozen=True)
class SourceKind:
    """A kind of source: how it is offered, which inputs it takes, and what they stand for.

    `lines` keep it for good in `secrets.toml`. A server is asked by `api`, at `default_address` if
    none is given, else `no_address` says that one is needed; `example` shows what one looks like.
    """

    name: str
    label: str
    inputs: tuple[str, ...]
    settings: Callable[[SourceKind, FormValues, Situation], Settings]
    lines: str = ""
    api: str = ""
    default_address: str = ""
    example: str = ""
    no_address: str = ""


@dataclass(frozen=True)
class Face:
    """How the local server can be asked: by an API, and by v4 as an account of a plan."""

    label: str
    api: str
    plan: str = ""


FACES = {
    "v3": Face("v3", V3),
    **{f"v4 {plan}": Face(f"v4, plan {plan.capitalize()}", V4, plan) for plan in PLANS},
}
_FACE_OF = {
    (face.api, plan): name
    for name, face in FACES.items()
    for plan in ((face.plan,) if face.plan else PLANS)
}


def face_of(settings: Settings) -> str:
    """The name of the face by which settings ask a local server."""
    return _FACE_OF[settings.api, settings.plan]


def _demo(kind: SourceKind, values: FormValues, situation: Situation) -> Settings:
    face = FACES[values.face]
    return chosen_demo(situation.server, face.api, face.plan or situation.server.plan)


def _click_log(kind: SourceKind, values: FormValues, situation: Situation) -> Settings:
    server, face = situation.server, FACES[values.face]
    paths = [line.strip() for line in values.log.splitlines() if line.strip()]
    if tuple(paths) != server.click_log and not situation.here:
        raise QuestionError(SHARED_LOG)
    return chosen_click_log(
        server,
        paths,
        _names(values.tracking),
        face.api,
        face.plan or server.plan,
        _names(values.accounts),
    )


def _names(text: str) -> list[str]:
    """Names that have commas between them."""
    return [part.strip() for part in text.split(",") if part.strip()]


def _server(kind: SourceKind, values: FormValues, situation: Situation) -> Settings:
    server, tested = situation.server, situation.tested
    address, token = values.address.strip(), values.token
    if not address and not kind.default_address:
        raise QuestionError(kind.no_address)
    if not token and tested is not None and kind_of(tested) is kind:
        # A token that was tested at one address is not sent to another.
        again = chosen_server(server, address, tested.token, kind.api)
        token = tested.token if again.base_url == tested.base_url else ""
    chosen = chosen_server(server, address, token, kind.api)
    if chosen.base_url not in (BITLY_URL, server.base_url) and not situation.here:
        raise QuestionError(SHARED_ADDRESS)
    return chosen


KINDS = (
    SourceKind(DEMO, "Demo", (FACE,), _demo),
    SourceKind(
        CLICK_LOG,
        "Click log",
        (LOG, FACE),
        _click_log,
        lines='BITLY_CLICK_LOG = "/data/clicks/*.gz"\nBITLY_TRACKING_DOMAINS = "example.com"\n'
        'BITLY_ACCOUNTS = "ann, bob"',
    ),
    SourceKind(
        V4,
        "Bitly (v4)",
        (SERVER,),
        _server,
        lines='BITLY_ACCESS_TOKEN = "..."',
        api=V4,
        default_address=BITLY_URL,
        example=BITLY_URL,
    ),
    SourceKind(
        V3,
        "A v3 server",
        (SERVER,),
        _server,
        lines='BITLY_ACCESS_TOKEN = "..."\nBITLY_BASE_URL = "https://v3.example.com"',
        api=V3,
        example="https://v3.example.com",
        no_address="Give the address of the v3 server.",
    ),
)
BY_NAME = {kind.name: kind for kind in KINDS}


def kind_of(settings: Settings) -> SourceKind:
    """The kind of source that settings are of; the demo where it is none that is offered."""
    name = settings.api if settings.kind == REMOTE else settings.kind
    return BY_NAME.get(name, BY_NAME[DEMO])


def kinds_for(server: Settings, here: bool) -> list[SourceKind]:
    """What can be chosen: others than people at this machine name no files of it."""
    return [kind for kind in KINDS if LOG not in kind.inputs or server.click_log or here]


def settings_of(kind: SourceKind, values: FormValues, situation: Situation) -> Settings:
    """What the form says. Raises `QuestionError`, never with the token."""
    return kind.settings(kind, values, situation)
