-- shows the customer with the most records; set record_key for the customer of that record
{%- set record_key = none %}

with customer_identities as (
    select * from {{ ref('customer_identities') }}
),

identity_links as (
    select * from {{ ref('identity_links') }}
),

asked_customer as (
    select customer_id
    from customer_identities
    {%- if record_key %}
    where record_key = '{{ record_key }}'
    {%- endif %}
    group by customer_id
    order by
        count(*) desc,
        customer_id asc
    limit 1
)

select
    identity_links.customer_id,
    identity_links.record_key,
    identity_links.linked_record_key,
    identity_links.identifier_type,
    identity_links.identifier_value
from identity_links
inner join asked_customer on identity_links.customer_id = asked_customer.customer_id
order by
    identity_links.record_key,
    identity_links.linked_record_key,
    identity_links.identifier_type,
    identity_links.identifier_value
