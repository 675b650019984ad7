{{ config(group='identity') }}
-- both ends of every link belong to one customer: the fixpoint was reached
select
    links.record_number,
    links.linked_record_number
from {{ ref('int_identity__links') }} as links
inner join {{ ref('int_identity__record_customers') }} as records
    on links.record_number = records.record_number
inner join {{ ref('int_identity__record_customers') }} as linked_records
    on links.linked_record_number = linked_records.record_number
where records.customer_id <> linked_records.customer_id
