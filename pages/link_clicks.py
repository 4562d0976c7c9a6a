"""The old address of the page of one link."""

from pages.components.moved import move_to
from pages.components.page_entry import Page

PAGE = Page("Link", icon=":material/link:", place=None)
move_to("pages/link.py")
