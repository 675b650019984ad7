{%- set top_percents = [1, 5, 10, 20, 30, 50, 80, 100] -%}
with buyers as (
    select * from {{ ref('customer_360') }}
    where lifetime_orders > 0
),

steps as (
    {%- for top_percent in top_percents %}
    select cast({{ top_percent }} as bigint) as top_percent{{ ' union all' if not loop.last }}
    {%- endfor %}
),

ranked_buyers as (
    select
        customer_id,
        lifetime_net_revenue,
        row_number() over (order by lifetime_net_revenue desc, customer_id asc) as revenue_rank
    from buyers
),

totals as (
    select
        count(*) as customers,
        sum(lifetime_net_revenue) as net_revenue
    from buyers
),

-- in whole numbers: a customer is in the top when the share of those before is below the percentage
tops as (
    select
        steps.top_percent,
        count(*) as customers,
        cast(sum(ranked_buyers.lifetime_net_revenue) as decimal(18, 4)) as net_revenue,
        min(ranked_buyers.lifetime_net_revenue) as least_revenue
    from steps
    cross join totals
    inner join ranked_buyers on 100 * (ranked_buyers.revenue_rank - 1) < steps.top_percent * totals.customers
    group by steps.top_percent
)

select
    tops.top_percent,
    tops.customers,
    cast(tops.customers as double) / totals.customers as share_of_customers,
    tops.net_revenue,
    cast(tops.net_revenue as double) / nullif(cast(totals.net_revenue as double), 0) as share_of_revenue,
    tops.least_revenue,
    {{ divided_money('tops.net_revenue', 'tops.customers') }} as revenue_per_customer
from tops
cross join totals
order by tops.top_percent
