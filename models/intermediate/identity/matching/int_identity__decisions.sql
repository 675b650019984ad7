with decisions as (
    select * from {{ ref('identity_decisions') }}
),

source_records as (
    select * from {{ ref('int_identity__source_records') }}
),

record_values as (
    select * from {{ ref('int_identity__record_values') }}
),

reviewed_records as (
    select
        source_records.record_key,
        record_values.representative_number
    from source_records
    inner join record_values on source_records.record_number = record_values.record_number
)

select
    decisions.decision,
    decisions.record_key || ' + ' || decisions.other_record_key as reviewed_pair,
    reviewed_records.representative_number,
    other_records.representative_number as other_representative_number
from decisions
inner join reviewed_records on decisions.record_key = reviewed_records.record_key
inner join reviewed_records as other_records on decisions.other_record_key = other_records.record_key
where reviewed_records.representative_number <> other_records.representative_number
