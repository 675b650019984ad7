with history as (
    select * from {{ ref('customer_segment_history') }}
),

snapshots as (
    select * from {{ ref('snapshots') }}
),

segments as (
    select * from {{ ref('segments') }}
),

quarter_ends as (
    select max(snapshot_date) as end_date
    from snapshots
    where
        is_month_end
        and extract(month from snapshot_date) in (3, 6, 9, 12)
    having max(snapshot_date) is not null
),

quarter as (
    select
        {{ month_end(months_later('end_date', -3)) }} as start_date,
        end_date
    from quarter_ends
),

-- a customer in one snapshot is in every later one, so this side misses nobody
moves as (
    select
        start_segments.segment_code as from_segment,
        end_segments.segment_code as to_segment,
        count(*) as customers
    from quarter
    inner join history as end_segments on quarter.end_date = end_segments.snapshot_date
    left join history as start_segments
        on
            quarter.start_date = start_segments.snapshot_date
            and end_segments.customer_id = start_segments.customer_id
    group by
        start_segments.segment_code,
        end_segments.segment_code
),

-- every move, seen from both segments
sides as (
    select
        to_segment as segment_code,
        from_segment as other_segment,
        customers as moved_in,
        0 as moved_out
    from moves
    where from_segment <> to_segment
    union all
    select
        from_segment as segment_code,
        to_segment as other_segment,
        0 as moved_in,
        customers as moved_out
    from moves
    where from_segment <> to_segment
),

flows as (
    select
        segment_code,
        other_segment,
        cast(sum(moved_in) as bigint) as moved_in,
        cast(sum(moved_out) as bigint) as moved_out,
        cast(sum(moved_in) - sum(moved_out) as bigint) as net_flow
    from sides
    group by
        segment_code,
        other_segment
),

ranked_flows as (
    select
        *,
        row_number() over (partition by segment_code order by net_flow desc, other_segment asc) as gain_rank,
        row_number() over (partition by segment_code order by net_flow, other_segment) as loss_rank
    from flows
),

movement as (
    select
        segment_code,
        cast(sum(moved_in) as bigint) as moved_in,
        cast(sum(moved_out) as bigint) as moved_out,
        max(case when gain_rank = 1 and net_flow > 0 then other_segment end) as gained_most_from,
        max(case when gain_rank = 1 and net_flow > 0 then net_flow end) as gained_most,
        max(case when loss_rank = 1 and net_flow < 0 then other_segment end) as lost_most_to,
        max(case when loss_rank = 1 and net_flow < 0 then -net_flow end) as lost_most
    from ranked_flows
    group by segment_code
),

starting as (
    select
        from_segment as segment_code,
        cast(sum(customers) as bigint) as customers
    from moves
    where from_segment is not null
    group by from_segment
),

ending as (
    select
        to_segment as segment_code,
        cast(sum(customers) as bigint) as customers,
        cast(sum(case when from_segment is null then customers else 0 end) as bigint) as new_customers
    from moves
    group by to_segment
)

select
    quarter.start_date,
    quarter.end_date,
    segments.segment_code,
    segments.name_en as segment_name,
    coalesce(starting.customers, 0) as customers_at_start,
    coalesce(ending.new_customers, 0) as new_customers,
    coalesce(movement.moved_in, 0) as moved_in,
    coalesce(movement.moved_out, 0) as moved_out,
    coalesce(movement.moved_in - movement.moved_out, 0) as net_movement,
    coalesce(ending.customers, 0) as customers_at_end,
    movement.gained_most_from,
    movement.gained_most,
    movement.lost_most_to,
    movement.lost_most
from segments
cross join quarter
left join starting on segments.segment_code = starting.segment_code
left join ending on segments.segment_code = ending.segment_code
left join movement on segments.segment_code = movement.segment_code
where segments.tier > 0
order by
    segments.tier desc,
    segments.segment_code asc
