"""A local Bitly server: retired v3 and today's v4, over a click log or the demo organization."""

from bitly_data.server.app import create_app
from bitly_data.server.clock import checked_clock, parse_clock
from bitly_data.server.errors import ServerProblem, UnreadableLog
from bitly_data.server.local import LocalBitly, LogFacts, ServerOptions, open_store
from bitly_data.server.logfile import BadLineNote, FileReport
from bitly_data.server.serve import check_port, serve
from bitly_data.server.store import ClickStore, Coverage, ImportReport, nobody_hears
from bitly_data.server.v4 import GROUP_ORDER, GROUP_TS, PLANS, ZERO_DAYS, Quota, V4Policy

__all__ = [
    "GROUP_ORDER",
    "GROUP_TS",
    "PLANS",
    "ZERO_DAYS",
    "BadLineNote",
    "ClickStore",
    "Coverage",
    "FileReport",
    "ImportReport",
    "LocalBitly",
    "LogFacts",
    "Quota",
    "ServerOptions",
    "ServerProblem",
    "UnreadableLog",
    "V4Policy",
    "check_port",
    "checked_clock",
    "create_app",
    "nobody_hears",
    "open_store",
    "parse_clock",
    "serve",
]
