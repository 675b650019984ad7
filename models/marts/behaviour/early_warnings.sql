-- noqa: disable=LT02
with current_segments as (
    select * from {{ ref('customer_segments') }}
    where is_in_window
),

customer_months as (
    select * from {{ ref('int_orders__customer_months') }}
),

segments as (
    select * from {{ ref('segments') }}
),

as_of as (
    select * from {{ ref('int_calendar__as_of_date') }}
),

-- the month-ends to come; of the month of as_of_date too, unless that is one
month_ends as (
    {%- for month in range(var('early_warning_months') + 1) %}
    select {{ month_end(months_later(month_start('as_of_date'), month)) }} as falls_on
    from as_of{{ ' union all' if not loop.last }}
    {%- endfor %}
),

coming_month_ends as (
    select
        month_ends.falls_on,
        {{ window_start('month_ends.falls_on', var('rfm_window_months')) }} as window_start_date,
        row_number() over (order by month_ends.falls_on) as months_ahead
    from month_ends
    cross join as_of
    where month_ends.falls_on > as_of.as_of_date
),

coming_values as (
    select
        current_segments.customer_id,
        coming_month_ends.falls_on,
        current_segments.recency_days
        + {{ days_between('current_segments.snapshot_date', 'coming_month_ends.falls_on') }} as recency_days,
        coalesce(sum(customer_months.purchases), 0) as frequency,
        coalesce(sum(customer_months.net_amount), 0) as monetary,
        current_segments.lifetime_orders,
        current_segments.snapshot_date,
        current_segments.segment_code,
        current_segments.monetary as value_at_stake
    from current_segments
    cross join coming_month_ends
    left join customer_months
        on
            current_segments.customer_id = customer_months.customer_id
            and coming_month_ends.window_start_date <= customer_months.order_month
    where coming_month_ends.months_ahead <= {{ var('early_warning_months') }}
    group by
        current_segments.customer_id,
        coming_month_ends.falls_on,
        current_segments.recency_days,
        current_segments.lifetime_orders,
        current_segments.snapshot_date,
        current_segments.segment_code,
        current_segments.monetary
),

{{ segments_by_boundaries('coming_values', 'snapshot_date') }},

coming_segments as (
    select
        customer_id,
        falls_on,
        snapshot_date,
        segment_code,
        value_at_stake,
        case when frequency > 0 then segment_by_limits else 'lost' end as falls_to
    from rescored
),

falls as (
    select
        coming_segments.*,
        coming_tiers.tier - current_tiers.tier as tier_change,
        row_number() over (partition by coming_segments.customer_id order by coming_segments.falls_on) as fall_number
    from coming_segments
    inner join segments as current_tiers on coming_segments.segment_code = current_tiers.segment_code
    inner join segments as coming_tiers on coming_segments.falls_to = coming_tiers.segment_code
    where coming_tiers.tier < current_tiers.tier
)

select
    customer_id,
    segment_code,
    falls_on,
    falls_to,
    tier_change,
    {{ days_between('snapshot_date', 'falls_on') }} as days_until,
    value_at_stake
from falls
where
    fall_number = 1
    {%- if var('rfm_tie_method') == 'ntile' %}
    and false -- ties are split, so there are no limits
    {%- endif %}
