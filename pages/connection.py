"""Who answers, what may be asked, and how to ask somebody else?"""

from pages.components.page import open_early
from pages.components.page_entry import Page

PAGE = Page("Connection", icon=":material/cable:", place=50)
opening = open_early(PAGE.label)

from bitly_data import cache
from pages.components import start, switch
from pages.components.doctor_report import doctor_report

client = start.connect(opening, switch.switch_block)
start.show_source(client, cache.known_login(client.settings))
doctor_report(client)
switch.switch_block()
