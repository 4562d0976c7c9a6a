"""How do links, domains and logins compare?"""

from pages.components.page import open_early
from pages.components.page_entry import Page

PAGE = Page("Compare", icon=":material/compare_arrows:", place=40)
opening = open_early(PAGE.label)

from pages.components import compare_page, controls, runner, start

run = start.start(opening, controls.COMPARE_PAGE)
compare_page.show(run)
runner.close(run)
