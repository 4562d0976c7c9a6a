"""The tables of a store in SQL: what is kept, and what follows from it.

A *variant* is one distinct combination of everything that lines say about a link: its host, hash,
login, long URL, title, creation, and the custom back-half that it was clicked by. A click is a
time and a variant, so a million clicks are a million rows of numbers, and every question about
owners and domains is settled on a few thousand variants. Beside them stand the number of the file
that it is from, and some bits of a hash of its line, by which equal lines of two files are found.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from bitly_data.server.clicklog import Click

STORE_FORMAT: Final = 3

CLICK_SCHEMA: Final = pa.schema(
    [
        ("t", pa.int64()),
        ("host", pa.string()),
        ("hash", pa.string()),
        ("login", pa.string()),
        ("url", pa.string()),
        ("destination", pa.string()),
        ("title", pa.string()),
        ("created", pa.int64()),
        ("keyword", pa.string()),
    ]
)
assert tuple(CLICK_SCHEMA.names) == Click._fields

TABLES: Final = f"""
CREATE TABLE about AS SELECT {STORE_FORMAT} AS format;
CREATE TABLE variants (id INTEGER, host VARCHAR, hash VARCHAR, login VARCHAR, url VARCHAR,
                       destination VARCHAR, title VARCHAR, created BIGINT, keyword VARCHAR);
CREATE TABLE clicks (t BIGINT, variant INTEGER, file INTEGER, line UINTEGER);
CREATE TABLE files (digest VARCHAR PRIMARY KEY, path VARCHAR, lines BIGINT, clicks BIGINT,
                    heartbeats BIGINT, bad BIGINT, first BIGINT, last BIGINT, number INTEGER,
                    size BIGINT, lead VARCHAR, settled BIGINT);
CREATE TABLE covered (hour BIGINT PRIMARY KEY);
CREATE TABLE ids (id UHUGEINT);
"""

# Empty text and a creation of 0 stand for "not said", so plain equality joins find every variant.
_VARIANT_KEY: Final = "host, hash, login, url, title, created, keyword"
ADD_VARIANTS: Final = f"""
INSERT INTO variants (id, {_VARIANT_KEY}, destination)
SELECT (SELECT coalesce(max(id) + 1, 0) FROM variants) + row_number() OVER () - 1,
       {_VARIANT_KEY}, destination
FROM (SELECT DISTINCT {_VARIANT_KEY}, destination FROM batch) AS new
ANTI JOIN variants USING ({_VARIANT_KEY})
"""
ADD_CLICKS: Final = f"""
INSERT INTO clicks (t, variant) SELECT t, id FROM batch JOIN variants USING ({_VARIANT_KEY})
"""
VARIANTS_BY_NUMBER: Final = f"""
SELECT number, id FROM batch JOIN variants USING ({_VARIANT_KEY}) ORDER BY number
"""
ADD_HOURS: Final = "INSERT OR IGNORE INTO covered SELECT hour FROM batch"

# Stores of formats before: their clicks came by whatever back-half, and of their files only the
# whole content is known again.
UPGRADE: Final = f"""
BEGIN;
ALTER TABLE variants ADD COLUMN IF NOT EXISTS keyword VARCHAR DEFAULT '';
ALTER TABLE clicks ADD COLUMN IF NOT EXISTS file INTEGER;
ALTER TABLE clicks ADD COLUMN IF NOT EXISTS line UINTEGER;
ALTER TABLE files ADD COLUMN IF NOT EXISTS number INTEGER;
ALTER TABLE files ADD COLUMN IF NOT EXISTS size BIGINT;
ALTER TABLE files ADD COLUMN IF NOT EXISTS lead VARCHAR;
ALTER TABLE files ADD COLUMN IF NOT EXISTS settled BIGINT;
CREATE TABLE IF NOT EXISTS ids (id UHUGEINT);
UPDATE about SET format = {STORE_FORMAT};
COMMIT;
"""

# The hosts of links and destinations as lines spell them, and as they are named from then on. A log
# has thousands of variants at most, and far fewer hosts.
SPELLINGS: Final = "SELECT host FROM variants UNION SELECT destination FROM variants"
ADD_SPELLINGS: Final = "CREATE OR REPLACE TEMP TABLE spellings AS FROM batch"

# What follows from the variants, the named accounts and the tracking domains, computed once after
# every change.
DERIVE_OWNERS: Final = """
CREATE OR REPLACE TABLE owners AS
WITH seen AS (SELECT variant, count(*) AS clicks, min(t) AS first FROM clicks
              WHERE t >= $since AND t < $until GROUP BY variant),
spelled AS (SELECT variants.* REPLACE (
                coalesce(hosts.link_host, variants.host) AS host,
                nfc_normalize(variants.hash) AS hash, nfc_normalize(variants.keyword) AS keyword,
                coalesce(targets.plain_host, variants.destination) AS destination)
            FROM variants LEFT JOIN spellings AS hosts ON hosts.spelling = variants.host
            LEFT JOIN spellings AS targets ON targets.spelling = variants.destination)
SELECT id, host, hash, login, url, title, created, keyword, destination,
       NOT $named OR list_contains($accounts, login) AS own,
       len(list_filter($tracking, lambda d:
           destination = d OR ends_with(destination, '.' || d))) > 0 AS tracked,
       coalesce(clicks, 0) AS clicks, first
FROM spelled LEFT JOIN seen ON seen.variant = spelled.id
"""
DERIVE_LINKS: Final = """
CREATE OR REPLACE TABLE links AS
WITH named AS (SELECT host, keyword,
                      arg_min(hash, (least(nullif(created, 0), first), hash)) AS hash
               FROM owners WHERE keyword <> '' GROUP BY host, keyword),
custom AS (FROM named ANTI JOIN (SELECT DISTINCT host, hash AS keyword FROM owners) AS hashes
           USING (host, keyword))
SELECT host, hash, arg_min(login, id) AS login, arg_min(url, id) AS url,
       coalesce(arg_min(title, id) FILTER (title <> ''), '') AS title,
       least(min(nullif(created, 0)), min(first)) AS created,
       list_sort(list(DISTINCT keyword) FILTER (
           (host, keyword, hash) IN (SELECT (host, keyword, hash) FROM custom))) AS keywords,
       bool_or(own) AS own
FROM owners GROUP BY host, hash
"""
# A hash leads to the same link on whatever host, so one account's same hash to the same destination
# is one link that was clicked through several hosts. Each pair of such hosts, both ways round.
DERIVE_HOSTS: Final = """
CREATE OR REPLACE TABLE other_hosts AS
WITH led AS (SELECT DISTINCT host, hash, login, url FROM owners WHERE url <> '')
SELECT DISTINCT one.host, hash, other.host AS other
FROM led AS one JOIN led AS other USING (hash, login, url) WHERE one.host <> other.host
"""
