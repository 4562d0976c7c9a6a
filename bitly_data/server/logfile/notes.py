"""What became of one file of a click log."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

# So many bad lines of one import are noted: some megabytes of notes, and more than anybody reads.
MOST_NOTES: Final = 10_000


class NotALog(Exception):
    """The file is something that no click can be read from; the message says what it is."""


@dataclass(frozen=True, slots=True)
class BadLineNote:
    """Which line could not be read and why; nothing of the line itself.

    `file` is its path, `line` its number (the first is 1) and `reason` a few words.
    """

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file} line {self.line}: {self.reason}"


@dataclass
class FileReport:
    """What one file held.

    `bad` notes the first bad lines, at most `MOST_NOTES` in a whole import; `bad_count` counts
    them all. `problem` says what is wrong with the file as a whole, such as a
    gzip stream that breaks off; what was readable before that is in. `refusal` says of a file that
    was not read at all why, such as "it is a pipe".

    `clicks` are those that came in. `known_lines` is the length of a beginning that was read from
    another file before, `repeated` counts the clicks that were left out because their `_id` was
    read before, and `fields` are the names in the first record that is no click.
    """

    path: str
    lines: int = 0
    clicks: int = 0
    heartbeats: int = 0
    bad: list[BadLineNote] = field(default_factory=list)
    bad_count: int = 0
    problem: str | None = None
    skipped_as_known: bool = False
    refusal: str | None = None
    known_lines: int = 0
    repeated: int = 0
    fields: tuple[str, ...] = ()

    @property
    def is_barren(self) -> bool:
        """Whether nothing was found in it, neither new nor known."""
        found = self.clicks or self.heartbeats or self.known_lines or self.repeated
        return not (found or self.skipped_as_known)
