"""How is one link doing?"""

from pages.components.page import open_early
from pages.components.page_entry import Page

PAGE = Page("Link", icon=":material/link:", place=30)
opening = open_early(PAGE.label, is_plain=False)

from pages.components import controls, link_page, runner, start

run = start.start(opening, controls.LINK_PAGE)
link_page.show(run, opening)
runner.close(run)
