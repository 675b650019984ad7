with orders as (
    select * from {{ ref('stg_webshop__orders') }}
),

record_customers as (
    select * from {{ ref('int_identity__record_customers') }}
),

statuses as (
    select * from {{ ref('int_orders__statuses') }}
),

settled_credit_notes as (
    select * from {{ ref('int_orders__settled_credit_notes') }}
),

account_customers as (
    select
        source_record_id as account_id,
        customer_id
    from record_customers
    where source_entity = 'account'
),

guest_customers as (
    select
        source_record_id as order_id,
        customer_id
    from record_customers
    where source_entity = 'guest_order'
),

attributed as (
    select
        orders.order_id,
        coalesce(account_customers.customer_id, guest_customers.customer_id) as customer_id,
        orders.ordered_at,
        orders.order_date,
        orders.total_amount,
        orders.net_amount,
        statuses.shown_status as status,
        orders.sales_channel,
        case
            when not statuses.counts then 'status'
            when orders.is_cancelled then 'cancelled'
            when settled_credit_notes.order_id is not null then 'settled'
        end as exclusion_reason
    from orders
    left join account_customers on orders.account_id = account_customers.account_id
    left join guest_customers on case when orders.account_id is null then orders.order_id end = guest_customers.order_id
    left join statuses on orders.status = statuses.status
    left join settled_credit_notes on orders.order_id = settled_credit_notes.order_id
),

classified as (
    select
        *,
        case
            when exclusion_reason is not null then 'excluded'
            when total_amount < 0 then 'credit_note'
            when net_amount > 0 then 'purchase'
            when total_amount > 0 then 'refunded'
            else 'no_value'
        end as outcome
    from attributed
)

select
    order_id,
    customer_id,
    ordered_at,
    order_date,
    net_amount,
    status,
    sales_channel,
    exclusion_reason,
    outcome,
    outcome = 'purchase' as is_purchase,
    outcome = 'credit_note' as is_credit_note
from classified
