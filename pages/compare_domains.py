"""How do the organization's domains compare?"""

from pages.components.page import open_early
from pages.components.page_entry import Page

PAGE = Page("Compare domains", icon=":material/compare_arrows:", place=40)
opening = open_early(PAGE.label)

from pages.components import controls, runner, start

run = start.start(opening, controls.COMPARE_PAGE)
runner.show_domains(run)
runner.close(run)
