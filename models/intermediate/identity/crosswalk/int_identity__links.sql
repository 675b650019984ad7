with candidate_links as (
    select * from {{ ref('int_identity__candidate_links') }}
),

customers as (
    select * from {{ ref('int_identity__customers') }}
),

guests as (
    select * from {{ ref('int_identity__guests') }}
),

record_values as (
    select * from {{ ref('int_identity__record_values') }}
    where record_number <> representative_number
)

-- what would tie two records is a link when they are one customer in the end
select
    candidate_links.representative_number as record_number,
    candidate_links.other_representative_number as linked_record_number,
    candidate_links.identifier_type,
    candidate_links.identifier_value
from candidate_links
inner join customers on candidate_links.representative_number = customers.node
inner join customers as other_customers on candidate_links.other_representative_number = other_customers.node
where customers.component = other_customers.component
union all
select
    record_values.record_number,
    record_values.representative_number as linked_record_number,
    guests.identifier_type,
    guests.identifier_value
from record_values
inner join guests on record_values.representative_number = guests.representative_number
