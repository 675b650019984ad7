-- rows add up to the previous snapshot's segments, columns to this one's
with transitions as (
    select * from {{ ref('segment_transitions') }}
),

populations as (
    select
        snapshot_date,
        segment_code,
        count(*) as customers
    from {{ ref('customer_segment_history') }}
    group by
        snapshot_date,
        segment_code
),

sums as (
    select
        'row' as direction,
        previous_snapshot_date as snapshot_date,
        from_segment as segment_code,
        sum(customers) as customers
    from transitions
    where from_segment <> '(new)'
    group by
        previous_snapshot_date,
        from_segment
    union all
    select
        'column' as direction,
        snapshot_date,
        to_segment as segment_code,
        sum(customers) as customers
    from transitions
    group by
        snapshot_date,
        to_segment
)

select
    sums.direction,
    sums.snapshot_date,
    sums.segment_code,
    sums.customers,
    populations.customers as population
from sums
left join populations
    on
        sums.snapshot_date = populations.snapshot_date
        and sums.segment_code = populations.segment_code
where sums.customers <> coalesce(populations.customers, 0)
