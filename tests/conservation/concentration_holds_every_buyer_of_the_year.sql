-- at each month-end, customers and revenue are those with a purchase in its twelve months, a total below 0 as 0
with month_ends as (
    select snapshot_date
    from {{ ref('snapshots') }}
    where is_month_end
),

buyers as (
    select
        month_ends.snapshot_date,
        orders.customer_id,
        greatest(sum(orders.net_amount), 0) as revenue
    from month_ends
    inner join {{ ref('orders') }} as orders
        on {{ month_number('month_ends.snapshot_date') }} - {{ month_number('orders.order_date') }} between 0 and 11
    where
        orders.is_purchase
        or orders.is_credit_note
    group by
        month_ends.snapshot_date,
        orders.customer_id
    having count(*) filter (where orders.is_purchase) > 0
),

sums as (
    select
        month_ends.snapshot_date,
        count(buyers.customer_id) as customers,
        coalesce(sum(buyers.revenue), 0) as revenue
    from month_ends
    left join buyers on month_ends.snapshot_date = buyers.snapshot_date
    group by month_ends.snapshot_date
)

select
    sums.snapshot_date,
    concentration.top_percent,
    sums.customers as buyers,
    concentration.customers,
    sums.revenue as revenue_of_buyers,
    concentration.revenue
from sums
full outer join {{ ref('revenue_concentration') }} as concentration on sums.snapshot_date = concentration.snapshot_date
where
    sums.snapshot_date is null
    or concentration.snapshot_date is null
    or sums.customers <> concentration.customers
    or sums.revenue <> concentration.revenue
