"""Which links were clicked?"""

from pages.components.page import open_early
from pages.components.page_entry import Page

PAGE = Page("Links", icon=":material/list:", place=20)
opening = open_early(PAGE.label)

from pages.components import controls, link_lists, runner, start

run = start.start(opening, controls.LINKS_PAGE)
link_lists.show_links(run)
runner.close(run)
