{#- Segment to call. -#}
{%- set segment_to_call = 'cant_lose' -%}
with customers as (
    select * from {{ ref('customer_360') }}
),

customer_segments as (
    select * from {{ ref('customer_segments') }}
)

select
    row_number() over (order by customer_segments.monetary desc, customers.customer_id asc) as call_order,
    customers.customer_id,
    customer_segments.recency_days,
    customers.last_order_date,
    customer_segments.frequency,
    customer_segments.monetary,
    customers.lifetime_net_revenue,
    customers.preferred_sales_channel,
    customers.ticket_count,
    customers.last_ticket_at,
    customers.latest_nps_score
from customers
inner join customer_segments on customers.customer_id = customer_segments.customer_id
where
    customer_segments.segment_code = '{{ segment_to_call }}'
    -- nobody is called without consent
    and customers.has_marketing_consent
order by call_order
