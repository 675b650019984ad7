{{ config(severity='warn') }}
-- most likely a till with orders of many people: add its email or phone to the seed identifier_blocklist
select
    identifier_type,
    records
from {{ ref('skipped_identifiers') }}
where reason = 'suspected_till'
