"""How is the organization doing, in all or by domain and login?"""

from pages.components.page import open_early
from pages.components.page_entry import Page

PAGE = Page("Organization", icon=":material/corporate_fare:", place=30)
opening = open_early(PAGE.label)

from pages.components import controls, runner, start

run = start.start(opening, controls.ORGANIZATION_PAGE)
runner.show_clicks(run, "organization")
runner.close(run)
