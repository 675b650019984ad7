with source_records as (
    select * from {{ ref('int_identity__source_records') }}
),

components as (
    select * from {{ ref('int_identity__components') }}
),

links as (
    select * from {{ ref('int_identity__links') }}
),

rules as (
    select * from {{ ref('identity_rules') }}
),

-- a component is named by its lowest number, and that is its oldest record
first_records as (
    select
        source_records.record_number,
        coalesce(components.component, source_records.record_number) as first_record_number
    from source_records
    left join components on source_records.record_number = components.node
),

record_ties as (
    select
        record_number,
        priority
    from links
    where record_number <> linked_record_number
    union all
    select
        linked_record_number as record_number,
        priority
    from links
    where record_number <> linked_record_number
),

first_ties as (
    select
        record_number,
        min(priority) as priority
    from record_ties
    group by record_number
)

select
    source_records.record_key,
    source_records.record_number,
    source_records.source_system,
    source_records.source_entity,
    source_records.source_record_id,
    source_records.created_at,
    md5(oldest_records.record_key) as customer_id,
    rules.identifier_type as matched_by
from source_records
inner join first_records on source_records.record_number = first_records.record_number
inner join source_records as oldest_records on first_records.first_record_number = oldest_records.record_number
left join first_ties on source_records.record_number = first_ties.record_number
left join rules on first_ties.priority = rules.priority
