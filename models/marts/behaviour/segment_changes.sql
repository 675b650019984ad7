{{ config(
    materialized='history_by_month',
    meta={'snapshots_of': 'customer_segment_history'}
) }}

with history as {{ inlined() }} (
    select * from {{ ref('customer_segment_history') }}
),

snapshot_dates as (
    select * from {{ ref('int_calendar__snapshot_dates') }}
    where
        previous_snapshot_date is not null
        and {{ is_snapshot_in_hand('snapshot_date') }}
),

segments as (
    select * from {{ ref('segments') }}
),

counted_orders as (
    select * from {{ ref('int_orders__counted') }}
),

changes as (
    select
        history.customer_id,
        history.snapshot_date,
        snapshot_dates.previous_snapshot_date,
        previous_history.segment_code as from_segment,
        history.segment_code as to_segment,
        history.recency_days,
        history.frequency,
        history.monetary,
        history.lifetime_orders,
        history.is_in_window,
        previous_history.is_in_window as was_in_window,
        history.r_score - previous_history.r_score as r_change,
        history.f_score - previous_history.f_score as f_change,
        history.m_score - previous_history.m_score as m_change
    from snapshot_dates
    inner join history on snapshot_dates.snapshot_date = history.snapshot_date
    inner join history as previous_history
        on
            history.customer_id = previous_history.customer_id
            and snapshot_dates.previous_snapshot_date = previous_history.snapshot_date
    where history.segment_code <> previous_history.segment_code
),

{{ segments_by_boundaries('changes', 'previous_snapshot_date') }},

orders_since as (
    select distinct
        counted_orders.customer_id,
        snapshot_dates.snapshot_date
    from snapshot_dates
    inner join counted_orders
        on
            snapshot_dates.previous_snapshot_date < counted_orders.order_date
            and snapshot_dates.snapshot_date >= counted_orders.order_date
),

caused as (
    select
        rescored.*,
        orders_since.customer_id is not null as has_order_since
    from rescored
    left join orders_since
        on
            rescored.customer_id = orders_since.customer_id
            and rescored.snapshot_date = orders_since.snapshot_date
)

select
    caused.customer_id,
    caused.snapshot_date,
    caused.from_segment,
    caused.to_segment,
    to_segments.tier - from_segments.tier as tier_change,
    caused.r_change,
    caused.f_change,
    caused.m_change,
    {% if var('rfm_tie_method') == 'ntile' -%}
    cast(null as string) as cause -- ties are split, so there are no limits
    {%- else -%}
    case
        when not caused.is_in_window then 'time'
        when not caused.was_in_window then 'purchase'
        when caused.segment_by_limits = caused.from_segment then 'boundaries'
        when caused.segment_by_limits = caused.to_segment and caused.has_order_since then 'purchase'
        when caused.segment_by_limits = caused.to_segment then 'time'
        else 'both'
    end as cause
    {%- endif %}
from caused
left join segments as from_segments on caused.from_segment = from_segments.segment_code
left join segments as to_segments on caused.to_segment = to_segments.segment_code
