with delivered as (
    select * from {{ ref('base_webshop__orders') }}
)

select
    order_id,
    ordered_at,
    order_date,
    total_amount,
    refunded_amount,
    net_amount,
    account_id,
    email,
    phone,
    status,
    sales_channel,
    currency_code,
    discount_amount,
    shipping_amount,
    paid_at,
    due_at,
    cancelled_at,
    cancelled_at is not null or ignored_cancelled_at is not null as is_cancelled,
    parent_order_id,
    updated_at
from delivered
where reject_reason is null
