"""What became of the click logs that were to be read, and the sentence that says so."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from bitly_data.server.clicklog import BadLineNote, FileReport


@dataclass
class ImportReport:
    """What became of the files that were to be read, in the order in which they were."""

    files: list[FileReport] = field(default_factory=list)

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
        return bool(self.bad_count) or any(file.problem for file in self.files)

    def summary(self) -> str:
        """All of it in one sentence, with at most three of the bad lines by file and number."""
        known = sum(file.skipped_as_known for file in self.files)
        files, clicks = _number(len(self.files) - known, "file"), _number(self.clicks, "click")
        parts = [f"Read {files} with {clicks} and {_number(self.heartbeats, 'heartbeat')}"]
        if known:
            parts.append(f"{_number(known, 'file')} left out as already known")
        if self.bad_count:
            parts.append(f"{_number(self.bad_count, 'line')} could not be read ({self._where()})")
        parts += [
            f"{os.path.basename(file.path)} was read only in part: {file.problem}"
            for file in self.files
            if file.problem
        ]
        return "; ".join(parts) + "."

    def _where(self) -> str:
        places = [
            f"{os.path.basename(note.file)} line {note.line}" for note in self.bad_lines()[:3]
        ]
        more = self.bad_count - len(places)
        return ", ".join(places) + (f" and {more:,} more" if more else "")


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
