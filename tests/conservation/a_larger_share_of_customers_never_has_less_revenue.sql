-- revenue shares grow with the share of customers, to at most 1, and are at least that share of the customers
with shares as (
    select
        snapshot_date,
        top_percent,
        revenue_share,
        cast(top_customers as double) / nullif(customers, 0) as customer_share,
        lag(revenue_share) over (partition by snapshot_date order by top_percent) as share_of_fewer
    from {{ ref('revenue_concentration') }}
)

select *
from shares
where
    revenue_share > 1
    or revenue_share < share_of_fewer
    -- a double may be off in its last digits
    or revenue_share < customer_share - 0.000000001
