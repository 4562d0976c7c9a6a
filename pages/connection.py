"""Who answers, what may be asked, and how to ask somebody else?"""

from pages.components.early import open_early

opening = open_early("Connection")

from pages.components import checkup, frame, switch

settings = frame.open_page(opening, switch.switch_block)
checkup.report_block(settings)
switch.switch_block()
