with source_records as (
    select * from {{ ref('int_identity__source_records') }}
),

record_values as (
    select * from {{ ref('int_identity__record_values') }}
),

clusters as (
    select * from {{ ref('int_identity__clusters') }}
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

-- a cluster's number is that of its oldest record
record_clusters as (
    select
        record_values.record_number,
        case
            when
                record_values.record_number = record_values.representative_number
                or guests.representative_number is not null
                then coalesce(clusters.cluster_number, record_values.representative_number)
            -- orders of a guest whom no value identifies are each a customer
            else record_values.record_number
        end as cluster_number
    from record_values
    left join clusters on record_values.representative_number = clusters.representative_number
    left join guests on record_values.representative_number = guests.representative_number
),

customers as (
    select
        source_records.record_number as cluster_number,
        {{ hashed_customer_id('source_records.record_key') }} as customer_id
    from source_records
    where source_records.record_number in (select record_clusters.cluster_number from record_clusters)
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

-- a reviewer's decision comes before all rules
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
    record_clusters.cluster_number,
    customers.customer_id,
    first_links.matched_by
from source_records
inner join record_clusters on source_records.record_number = record_clusters.record_number
inner join customers on record_clusters.cluster_number = customers.cluster_number
left join first_links on source_records.record_number = first_links.record_number
