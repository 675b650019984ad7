with customer_months as (
    select * from {{ ref('int_orders__customer_months') }}
),

month_ends as (
    select
        snapshot_date,
        {{ window_start('snapshot_date', 12) }} as window_start_date
    from {{ ref('int_calendar__snapshot_dates') }}
    where is_month_end
),

as_of as (
    select * from {{ ref('int_calendar__as_of_date') }}
),

top_percents as (
    {%- for percent in [1, 5, 10, 20, 50] %}
    select {{ percent }} as top_percent{{ ' union all' if not loop.last }}
    {%- endfor %}
),

yearly_amounts as (
    select
        month_ends.snapshot_date,
        customer_months.customer_id,
        greatest(sum(customer_months.net_amount), 0) as revenue
    from month_ends
    inner join customer_months
        on
            month_ends.window_start_date <= customer_months.order_month
            and month_ends.snapshot_date >= customer_months.order_month
    group by
        month_ends.snapshot_date,
        customer_months.customer_id
    having sum(customer_months.purchases) > 0
),

-- equal revenues are one step of the curve: far fewer than customers
revenues as (
    select
        snapshot_date,
        revenue,
        count(*) as customers
    from yearly_amounts
    group by
        snapshot_date,
        revenue
),

ranked_revenues as (
    select
        snapshot_date,
        revenue,
        customers,
        sum(customers) over (
            partition by snapshot_date order by revenue rows between unbounded preceding and current row
        ) as customers_up_to,
        sum(customers) over (partition by snapshot_date) as all_customers,
        sum(revenue * customers) over (partition by snapshot_date) as all_revenue
    from revenues
),

-- the ranks i of equal revenues are consecutive, so the sum of 2i - n - 1 over them is one product
concentrations as (
    select
        snapshot_date,
        max(all_customers) as customers,
        max(all_revenue) as revenue,
        -- exact: a sum of doubles would depend on the order of the rows
        cast(
            sum(revenue * cast(customers * (2 * customers_up_to - customers - all_customers) as bigint)) as double
        ) as weighted_revenue
    from ranked_revenues
    group by snapshot_date
),

tops as (
    select
        ranked_revenues.snapshot_date,
        top_percents.top_percent,
        max({{ top_customers('ranked_revenues.all_customers', 'top_percents.top_percent') }}) as top_customers,
        sum(
            ranked_revenues.revenue * greatest(
                least(
                    ranked_revenues.customers,
                    {{ top_customers('ranked_revenues.all_customers', 'top_percents.top_percent') }}
                    - (ranked_revenues.all_customers - ranked_revenues.customers_up_to)
                ), 0
            )
        ) as top_revenue
    from ranked_revenues
    cross join top_percents
    group by
        ranked_revenues.snapshot_date,
        top_percents.top_percent
)

-- a month-end after a year without purchases has its rows too
select
    month_ends.snapshot_date,
    cast(top_percents.top_percent as bigint) as top_percent,
    cast(coalesce(concentrations.customers, 0) as bigint) as customers,
    cast(coalesce(tops.top_customers, 0) as bigint) as top_customers,
    cast(coalesce(concentrations.revenue, 0) as decimal(18, 4)) as revenue,
    cast(coalesce(tops.top_revenue, 0) as decimal(18, 4)) as top_revenue,
    cast(tops.top_revenue as double) / nullif(cast(concentrations.revenue as double), 0) as revenue_share,
    concentrations.weighted_revenue
    / nullif(concentrations.customers * cast(concentrations.revenue as double), 0) as gini,
    {{ month_start('as_of.first_purchase_date') }} <= month_ends.window_start_date as is_window_full
from month_ends
cross join top_percents
cross join as_of
left join concentrations on month_ends.snapshot_date = concentrations.snapshot_date
left join tops
    on
        month_ends.snapshot_date = tops.snapshot_date
        and top_percents.top_percent = tops.top_percent
