"""The old address of the comparison."""

from pages.components.moved import move_to
from pages.components.page_entry import Page

PAGE = Page("Compare", icon=":material/compare_arrows:", place=None)
move_to("pages/compare.py")
