with source_records as (
    select * from {{ ref('int_identity__source_records') }}
),

record_values as (
    select * from {{ ref('int_identity__record_values') }}
),

customers as (
    select * from {{ ref('int_identity__customers') }}
),

guests as (
    select * from {{ ref('int_identity__guests') }}
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
        record_values.record_number,
        case
            when record_values.record_number = record_values.representative_number or guests.representative_number is not null
                then coalesce(customers.component, record_values.representative_number)
            -- an order of a guest whom nothing tells is one person
            else record_values.record_number
        end as first_record_number
    from record_values
    left join customers on record_values.representative_number = customers.node
    left join guests on record_values.representative_number = guests.representative_number
),

record_links as (
    select
        record_number,
        identifier_type
    from links
    union all
    select
        linked_record_number as record_number,
        identifier_type
    from links
),

-- what a reviewer decided comes before all rules
first_links as (
    select
        record_links.record_number,
        min_by(record_links.identifier_type, coalesce(rules.priority, 0)) as matched_by
    from record_links
    left join rules on record_links.identifier_type = rules.identifier_type
    group by record_links.record_number
)

select
    source_records.record_key,
    source_records.record_number,
    source_records.source_system,
    source_records.source_entity,
    source_records.source_record_id,
    source_records.created_at,
    oldest_records.record_key as customer_key,
    {{ hashed_customer_id('oldest_records.record_key') }} as customer_id,
    first_links.matched_by
from source_records
inner join first_records on source_records.record_number = first_records.record_number
inner join source_records as oldest_records on first_records.first_record_number = oldest_records.record_number
left join first_links on source_records.record_number = first_links.record_number
