{#- Segments that count as gone; z of a 95% interval. -#}
{%- set gone_segments = "'lost', 'hibernating'" -%}
{%- set z = 1.959963984540054 -%}
with orders as (
    select * from {{ ref('orders') }}
),

history as (
    select * from {{ ref('customer_segment_history') }}
),

current_segments as (
    select * from {{ ref('customer_segments') }}
),

snapshots as (
    select * from {{ ref('snapshots') }}
),

as_of as (
    select max(snapshot_date) as as_of_date
    from snapshots
),

-- the latest snapshot strictly before any date is the last day of the previous month
gone_customers as (
    select
        history.customer_id,
        {{ month_start(months_later('history.snapshot_date', 1)) }} as win_back_month,
        snapshots.is_window_full
    from history
    inner join snapshots on history.snapshot_date = snapshots.snapshot_date
    cross join as_of
    where
        snapshots.is_month_end
        and snapshots.snapshot_date < as_of.as_of_date
        and history.segment_code in ({{ gone_segments }})
),

monthly_purchases as (
    select
        customer_id,
        {{ month_start('order_date') }} as win_back_month,
        sum(net_amount) as net_amount
    from orders
    where is_purchase
    group by
        customer_id,
        {{ month_start('order_date') }}
),

months as (
    select
        gone_customers.win_back_month,
        gone_customers.is_window_full,
        {{ month_end('gone_customers.win_back_month') }} <= max(as_of.as_of_date) as is_complete,
        count(*) as gone_customers,
        count(monthly_purchases.customer_id) as won_back,
        count(
            case when current_segments.segment_code not in ({{ gone_segments }}) then monthly_purchases.customer_id end
        ) as still_here,
        cast(count(*) as double) as trials,
        cast(count(monthly_purchases.customer_id) as double) as successes,
        cast(coalesce(sum(monthly_purchases.net_amount), 0) as decimal(18, 4)) as net_revenue
    from gone_customers
    cross join as_of
    inner join current_segments on gone_customers.customer_id = current_segments.customer_id
    left join monthly_purchases
        on
            gone_customers.customer_id = monthly_purchases.customer_id
            and gone_customers.win_back_month = monthly_purchases.win_back_month
    group by
        gone_customers.win_back_month,
        gone_customers.is_window_full
),

-- Wilson interval: centre and half width
intervals as (
    select
        *,
        (successes + {{ z * z / 2 }}) / (trials + {{ z * z }}) as centre,
        {{ z }} * sqrt(successes * (trials - successes) / trials + {{ z * z / 4 }}) / (trials + {{ z * z }}) as margin
    from months
)

select
    win_back_month,
    gone_customers,
    won_back,
    successes / trials as win_back_rate,
    case when won_back = 0 then cast(0 as double) else centre - margin end as rate_low,
    case when won_back = gone_customers then cast(1 as double) else centre + margin end as rate_high,
    net_revenue,
    {{ divided_money('net_revenue', 'won_back') }} as revenue_per_win_back,
    still_here,
    is_window_full,
    is_complete
from intervals
order by win_back_month
