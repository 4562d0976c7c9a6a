"""The old address of the organization's clicks, which the overview tells."""

from pages.components.moved import move_to
from pages.components.page_entry import Page

PAGE = Page("Overview", icon=":material/dashboard:", place=None)
move_to("app.py")
