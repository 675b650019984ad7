-- revenue of new, returning and reactivated customers adds up to that of all purchases; none of it is negative
with purchases as (
    select
        {{ month_start('order_date') }} as month,
        sum(net_amount) as revenue
    from {{ ref('orders') }}
    where is_purchase
    group by {{ month_start('order_date') }}
)

select
    drivers.month,
    drivers.new_revenue,
    drivers.returning_revenue,
    drivers.reactivated_revenue,
    drivers.purchase_revenue,
    purchases.revenue as revenue_of_orders
from {{ ref('revenue_drivers') }} as drivers
left join purchases on drivers.month = purchases.month
where
    drivers.new_revenue + drivers.returning_revenue + drivers.reactivated_revenue <> drivers.purchase_revenue
    or drivers.purchase_revenue <> coalesce(purchases.revenue, 0)
    or least(drivers.new_revenue, drivers.returning_revenue, drivers.reactivated_revenue) < 0
