{#- Lowest probability to show. -#}
{%- set least_probability = 0.5 -%}
with suggested_merges as (
    select * from {{ ref('suggested_merges') }}
    where match_probability >= {{ least_probability }}
),

contact_details as (
    select * from {{ ref('customer_contact_details') }}
),

customers as (
    select * from {{ ref('customer_360') }}
)

select
    suggested_merges.match_probability,
    suggested_merges.agreeing_fields,
    suggested_merges.nearly_agreeing_fields,
    suggested_merges.differing_fields,
    contact_details.first_name,
    other_details.first_name as other_first_name,
    contact_details.last_name,
    other_details.last_name as other_last_name,
    contact_details.birth_date,
    other_details.birth_date as other_birth_date,
    contact_details.email,
    other_details.email as other_email,
    contact_details.phone,
    other_details.phone as other_phone,
    contact_details.street,
    other_details.street as other_street,
    contact_details.house_number,
    other_details.house_number as other_house_number,
    contact_details.postal_code,
    other_details.postal_code as other_postal_code,
    contact_details.city,
    other_details.city as other_city,
    customers.lifetime_orders,
    other_customers.lifetime_orders as other_lifetime_orders,
    -- a row of the seed identity_decisions: fill in the decision and a reason
    suggested_merges.record_key,
    suggested_merges.other_record_key
from suggested_merges
inner join contact_details on suggested_merges.customer_id = contact_details.customer_id
inner join contact_details as other_details on suggested_merges.other_customer_id = other_details.customer_id
inner join customers on suggested_merges.customer_id = customers.customer_id
inner join customers as other_customers on suggested_merges.other_customer_id = other_customers.customer_id
order by
    suggested_merges.match_probability desc,
    suggested_merges.record_key asc,
    suggested_merges.other_record_key asc
