{{ config(materialized='view') }}

with decisions as (
    select * from {{ ref('identity_decisions') }}
),

record_customers as (
    select * from {{ ref('int_identity__record_customers') }}
)

select distinct
    least(record_customers.customer_id, other_customers.customer_id) as customer_id,
    greatest(record_customers.customer_id, other_customers.customer_id) as other_customer_id
from decisions
inner join record_customers on decisions.record_key = record_customers.record_key
inner join record_customers as other_customers on decisions.other_record_key = other_customers.record_key
where record_customers.customer_id <> other_customers.customer_id
