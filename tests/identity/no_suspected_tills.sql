{{ config(severity='warn') }}
-- most likely a till, whose orders are of many people: put its email or phone into the seed identifier_blocklist
select
    identifier_type,
    records
from {{ ref('skipped_identifiers') }}
where reason = 'suspected_till'
