"""Files of a click log: which there are, and what stands in them, whatever they are packed in."""

from bitly_data.server.logfile.chunks import names_text
from bitly_data.server.logfile.fields import MARKS
from bitly_data.server.logfile.find import Entry, log_entries
from bitly_data.server.logfile.form import form_of
from bitly_data.server.logfile.lines import as_table
from bitly_data.server.logfile.notes import MOST_NOTES, BadLineNote, FileReport, NotALog
from bitly_data.server.logfile.reader import Batch, LogReader
from bitly_data.server.logfile.rows import Links

__all__ = [
    "MARKS",
    "MOST_NOTES",
    "BadLineNote",
    "Batch",
    "Entry",
    "FileReport",
    "Links",
    "LogReader",
    "NotALog",
    "as_table",
    "form_of",
    "log_entries",
    "names_text",
]
