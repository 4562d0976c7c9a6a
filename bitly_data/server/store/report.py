"""What became of the click logs that were to be read, and the sentence that says so."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from bitly_data.server.clicklog import NEEDED, can_be_click
from bitly_data.server.errors import UnreadableLog
from bitly_data.server.logfile import BadLineNote, FileReport, names_text
from bitly_data.server.store.doubles import Double

# So many of a kind are named in the sentence; of the others it says how many there are.
_NAMED: Final = 3


@dataclass(frozen=True)
class FarClick:
    """A click at `t` [epoch s], far from all others, in the file at `path` ("": not known)."""

    t: int
    path: str


@dataclass
class ImportReport:
    """What became of the files that were to be read, in the order in which they were.

    `doubles` are pairs of files with equal lines or clicks, and `far` the clicks of the store that
    lie far from all others.
    """

    files: list[FileReport] = field(default_factory=list)
    doubles: list[Double] = field(default_factory=list)
    far: list[FarClick] = field(default_factory=list)
    far_count: int = 0

    @property
    def clicks(self) -> int:
        """Clicks added; a known file adds none."""
        return sum(file.clicks for file in self.files if not file.skipped_as_known)

    @property
    def heartbeats(self) -> int:
        return sum(file.heartbeats for file in self.files if not file.skipped_as_known)

    @property
    def bad_count(self) -> int:
        """How many lines could not be read."""
        return sum(file.bad_count for file in self.files)

    def bad_lines(self) -> list[BadLineNote]:
        """Which lines could not be read, in the order of reading: the first `MOST_NOTES`."""
        return [note for file in self.files for note in file.bad]

    @property
    def has_problems(self) -> bool:
        """Whether anything in the files was not read."""
        return bool(self.bad_count or self.doubles or self.far) or any(
            file.problem or file.refusal or file.is_barren for file in self.files
        )

    def refuse_named(self, file: FileReport) -> None:
        """Raise `UnreadableLog` for a file that somebody named and that is no log at all."""
        if file.refusal is not None:
            raise UnreadableLog(f"{_name(file.path)} cannot be read: {file.refusal}.")

    def refuse_barren(self) -> None:
        """Raise `UnreadableLog` if nothing was found in any of the files."""
        if not self.files or not all(file.is_barren for file in self.files):
            return
        first = self.files[0]
        more = len(self.files) - 1
        others = f", and so it is with {_number(more, 'other file')}" if more else ""
        raise UnreadableLog(f"{_name(first.path)} holds no clicks: {_found(first)}{others}.")

    def refuse_uncounted(self) -> None:
        """Raise `UnreadableLog`, because no click has a time that can be counted."""
        file = next(file for file in self.files if file.clicks)
        raise UnreadableLog(
            f"{_name(file.path)} holds no clicks that can be counted: all are in the first weeks "
            "of 1970, as from a clock that was not set."
        )

    def summary(self) -> str:
        """All of it in one sentence, with at most three of the bad lines by file and number."""
        read = [file for file in self.files if not file.skipped_as_known and not file.refusal]
        files, clicks = _number(len(read), "file"), _number(self.clicks, "click")
        return (
            "; ".join(
                [
                    f"Read {files} with {clicks} and {_number(self.heartbeats, 'heartbeat')}",
                    *self._left_out(),
                    *self._unread(),
                    *self._doubtful(),
                ]
            )
            + "."
        )

    def _left_out(self) -> Iterator[str]:
        """What is in the store already."""
        known = sum(file.skipped_as_known for file in self.files)
        if known:
            yield f"{_number(known, 'file')} left out as already known"
        yield from _some(
            [
                f"the first {_number(file.known_lines, 'line')} of {_name(file.path)} known before"
                for file in self.files
                if file.known_lines and not file.skipped_as_known
            ]
        )
        repeated = sum(file.repeated for file in self.files)
        if repeated:
            yield f"{_number(repeated, 'click')} left out because of an _id that was read before"

    def _unread(self) -> Iterator[str]:
        """What could not be read."""
        if self.bad_count:
            yield f"{_number(self.bad_count, 'line')} could not be read ({self._where()})"
        yield from _some(
            [
                f"{_name(file.path)} was read only in part: {file.problem}"
                for file in self.files
                if file.problem
            ]
        )
        yield from _some(
            [
                f"{_name(file.path)} was left out: {file.refusal}"
                for file in self.files
                if file.refusal
            ]
        )
        yield from _some(
            [
                f"{_name(file.path)} holds no clicks: {_found(file)}"
                for file in self.files
                if file.is_barren and not (file.refusal or file.problem)
            ]
        )

    def _doubtful(self) -> Iterator[str]:
        """What was read and may be wrong."""
        yield from _some(
            [
                f"{_number(double.lines, 'click' if double.is_by_time else 'line')} of "
                f"{_name(double.path)} {'is' if double.lines == 1 else 'are'} in "
                f"{_name(double.original)} as well{' by time and link' * double.is_by_time}, so as "
                f"many {'' if double.is_by_time else 'clicks '}may be counted twice"
                for double in self.doubles
            ]
        )
        if self.far:
            times = ", ".join(_far_text(click) for click in self.far[:_NAMED])
            more = self.far_count - _NAMED
            yield (
                f"{_number(self.far_count, 'click')} far from all others "
                f"{'is' if self.far_count == 1 else 'are'} not counted ({times}"
                + (f" and {more:,} more)" if more > 0 else ")")
            )

    def _where(self) -> str:
        places = [f"{_name(note.file)} line {note.line}" for note in self.bad_lines()[:_NAMED]]
        more = self.bad_count - len(places)
        return ", ".join(places) + (f" and {more:,} more" if more else "")


def _name(path: str) -> str:
    return os.path.basename(path)


def _some(sentences: list[str]) -> Iterator[str]:
    """The first few sentences of a kind, and how many more there are."""
    yield from sentences[:_NAMED]
    more = len(sentences) - _NAMED
    if more > 0:
        yield f"and {more:,} more like that"


def _far_text(click: FarClick) -> str:
    moment = f"{datetime.fromtimestamp(click.t, UTC):%d %b %Y %H:%M} UTC"
    return f"{moment} in {_name(click.path)}" if click.path else moment


def _found(file: FileReport) -> str:
    """What was found in a file without a click."""
    if file.refusal is not None:
        return file.refusal
    if not file.lines and not file.problem:
        return "it is empty"
    if file.fields and not can_be_click(file.fields):
        return f"its records have the fields {names_text(file.fields)}, but {NEEDED}"
    if file.problem:
        return file.problem
    if not file.bad_count:
        return "it has blank lines only"
    reason = f" ({file.bad[0].reason})" if file.bad else ""
    lines = "its line is no" if file.lines == 1 else f"none of its {file.lines:,} lines is a"
    return f"{lines} click{reason}"


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
