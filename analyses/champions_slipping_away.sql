{#- Segment to follow; any other segment_code works too. -#}
{%- set best_segment = 'champion' -%}
with current_segments as (
    select * from {{ ref('customer_segments') }}
),

history as (
    select * from {{ ref('customer_segment_history') }}
),

snapshots as (
    select * from {{ ref('snapshots') }}
),

segments as (
    select * from {{ ref('segments') }}
),

-- the snapshot before the last one is always a month-end
former_champions as (
    select
        history.customer_id,
        history.monetary,
        snapshots.previous_snapshot_date,
        current_segments.snapshot_date,
        current_segments.segment_code
    from current_segments
    inner join snapshots on current_segments.snapshot_date = snapshots.snapshot_date
    inner join history
        on
            current_segments.customer_id = history.customer_id
            and snapshots.previous_snapshot_date = history.snapshot_date
    where history.segment_code = '{{ best_segment }}'
),

totals as (
    select
        count(*) as champions,
        sum(monetary) as revenue
    from former_champions
),

destinations as (
    select
        previous_snapshot_date,
        snapshot_date,
        segment_code,
        count(*) as customers,
        cast(sum(monetary) as decimal(18, 4)) as revenue_at_stake
    from former_champions
    group by
        previous_snapshot_date,
        snapshot_date,
        segment_code
)

select
    destinations.previous_snapshot_date,
    destinations.snapshot_date,
    destinations.segment_code,
    segments.name_en as segment_name,
    destinations.customers,
    cast(destinations.customers as double) / totals.champions as share_of_champions,
    destinations.revenue_at_stake,
    cast(destinations.revenue_at_stake as double) / nullif(cast(totals.revenue as double), 0) as share_of_revenue,
    {{ divided_money('destinations.revenue_at_stake', 'destinations.customers') }} as revenue_per_customer
from destinations
cross join totals
inner join segments on destinations.segment_code = segments.segment_code
inner join segments as best_segments on best_segments.segment_code = '{{ best_segment }}'
where segments.tier < best_segments.tier
order by
    segments.tier desc,
    destinations.segment_code asc
