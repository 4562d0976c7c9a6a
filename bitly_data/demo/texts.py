"""What links lead to: the titles and paths of pages."""

from __future__ import annotations

_Texts = tuple[tuple[str, str], ...]  # (words of a title, part of a path)
SHOP: _Texts = (
    ("Skåne rain jacket", "jackets/skane-rain"),
    ("Øresund parka", "jackets/oresund"),
    ('The "Tundra" boot', "boots/tundra"),
    ("Hut & trail backpack 32 l", "packs/hut-and-trail"),
    ("Fog merino base layer", "layers/fog-merino"),
    ("Café flask 0,5 l", "kitchen/cafe-flask"),
    ("Two-person tent “Polaris”", "tents/polaris"),
    ("Down vest — 400 g", "jackets/down-vest"),
    ("Kids' wellies", "kids/wellies"),
    ("Headlamp №3", "lights/headlamp-3"),
)
SHOP_NEWS: _Texts = (
    ("first look", "new"),
    ("back in stock", "restock"),
    ("size guide", "sizes"),
    ("20 % off this week", "offer"),
    ("how it is made", "story"),
    ("reviews", "reviews"),
)
ARTICLES = (
    ("Sleeping under northern lights", "northern-lights"),
    ("Hut to hut in nine days", "hut-to-hut"),
    ("Monsoon trekking: what to pack", "monsoon"),
    ("Glaciers & the people who map them", "maps"),
    ('"Leave it wilder": a year of repairs', "repairs"),
    ("Über die Alpen, zu Fuß", "alpen"),
)
ARTICLE_NEWS = (
    ("essay", "essay"),
    ("photo story", "photos"),
    ("podcast", "podcast"),
    ("map & route", "route"),
)
JOBS = (
    ("Backend engineer (f/m/d)", "backend"),
    ("Store lead, Malmö", "store-lead-malmo"),
    ("Textile R&D trainee", "textile-rd"),
    ("Customer care, Pune", "care-pune"),
)
JOB_NEWS = (("we are hiring", "open"), ("meet the team", "team"))
EVERGREENS = (
    ("Store finder", "stores"),
    ("Help & contact", "help"),
    ("Returns made easy", "returns"),
    ("Gift cards", "gift-cards"),
    ("Care guide: wool, down & leather", "care"),
    ("Size charts", "sizes"),
    ("Our promise: repaired for life", "repairs"),
    ("Newsletter sign-up", "newsletter"),
    ("Careers at Aurora", "careers"),
)
CAMPAIGN_PARTS = (
    ("lookbook", "lookbook"),
    ("film", "film"),
    ("shop the edit", "shop"),
    ("in stores near you", "stores"),
    ("behind the scenes", "making-of"),
    ("early access", "early"),
)
CAMPAIGNS = {
    1: ("Winter sale", "winter-sale", 0.8),
    4: ("Spring launch", "spring", 1.7),
    7: ("Summer on the trail", "summer", 0.8),
    10: ("Autumn layers", "autumn", 1.0),
}
