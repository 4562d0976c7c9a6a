"""How is one link doing?"""

from pages.components.page import open_early
from pages.components.page_entry import Page

PAGE = Page("Link clicks", icon=":material/link:", place=20)
opening = open_early(PAGE.label)

from pages.components import controls, runner, start

run = start.start(opening, controls.LINK_PAGE)
runner.show_clicks(run, "link")
runner.close(run)
