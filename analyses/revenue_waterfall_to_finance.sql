with reconciliation as (
    select * from {{ ref('revenue_reconciliation') }}
),

orders as (
    select * from {{ ref('orders') }}
),

customers as (
    select * from {{ ref('customer_360') }}
),

outcomes as (
    select
        outcome,
        orders,
        amount,
        outcome in ('purchase', 'credit_note') as is_counted,
        outcome not in ('purchase', 'credit_note', 'excluded', 'refunded', 'no_value') as is_rejected
    from reconciliation
),

counted_orders as (
    select
        coalesce(sum(orders), 0) as orders,
        coalesce(sum(amount), 0) as amount
    from outcomes
    where is_counted
),

counted_orders_up_to_as_of as (
    select
        count(*) as orders,
        coalesce(sum(net_amount), 0) as amount
    from orders
    where is_purchase or is_credit_note
),

customer_revenue as (
    select coalesce(sum(lifetime_net_revenue), 0) as amount
    from customers
),

steps as (
    select
        1 as step,
        'total' as kind,
        'all order rows delivered' as line,
        coalesce(sum(orders), 0) as orders,
        coalesce(sum(amount), 0) as amount
    from outcomes
    union all
    select
        case when is_rejected then 2 else 3 end as step,
        'change' as kind,
        case when is_rejected then 'rejected: ' || outcome else 'does not count: ' || outcome end as line,
        -orders as orders,
        -amount as amount
    from outcomes
    where not is_counted
    union all
    select
        4 as step,
        'change' as kind,
        'after the as-of date' as line,
        counted_orders_up_to_as_of.orders - counted_orders.orders as orders,
        counted_orders_up_to_as_of.amount - counted_orders.amount as amount
    from counted_orders
    cross join counted_orders_up_to_as_of
    union all
    -- summed the other way: by customer, not by order
    select
        5 as step,
        'result' as kind,
        'lifetime revenue of all customers' as line,
        counted_orders_up_to_as_of.orders,
        customer_revenue.amount
    from customer_revenue
    cross join counted_orders_up_to_as_of
)

select
    cast(step as bigint) as step,
    kind,
    line,
    cast(orders as bigint) as orders,
    cast(amount as decimal(18, 4)) as amount,
    cast(sum(case when kind <> 'result' then orders else 0 end) over (
        order by step, line rows between unbounded preceding and current row
    ) as bigint) as running_orders,
    cast(sum(case when kind <> 'result' then amount else 0 end) over (
        order by step, line rows between unbounded preceding and current row
    ) as decimal(18, 4)) as running_amount
from steps
order by
    step,
    line
