with orders as (
    select * from {{ ref('int_orders__classified') }}
),

as_of as (
    select * from {{ ref('int_calendar__as_of_date') }}
),

numbered as (
    select
        *,
        row_number() over (partition by customer_id, is_purchase order by ordered_at, order_id) as number_of_its_kind
    from orders
)

select
    numbered.order_id,
    numbered.customer_id,
    numbered.ordered_at,
    numbered.order_date,
    case when numbered.is_purchase then cast(numbered.number_of_its_kind as bigint) end as order_number,
    numbered.net_amount,
    numbered.is_purchase,
    numbered.is_credit_note,
    numbered.status,
    numbered.sales_channel,
    numbered.exclusion_reason
from numbered
cross join as_of
where as_of.as_of_date is null or numbered.order_date <= as_of.as_of_date
