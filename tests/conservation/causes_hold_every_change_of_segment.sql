-- the customers of a move, over its causes, are those of the transition between the two segments
with causes as (
    select
        snapshot_date,
        from_segment,
        to_segment,
        sum(customers) as customers
    from {{ ref('segment_change_causes') }}
    group by
        snapshot_date,
        from_segment,
        to_segment
),

moves as (
    select
        snapshot_date,
        from_segment,
        to_segment,
        customers
    from {{ ref('segment_transitions') }}
    where
        from_segment <> '(new)'
        and from_segment <> to_segment
        and customers > 0
)

select
    coalesce(moves.snapshot_date, causes.snapshot_date) as snapshot_date,
    coalesce(moves.from_segment, causes.from_segment) as from_segment,
    coalesce(moves.to_segment, causes.to_segment) as to_segment,
    moves.customers as customers_who_moved,
    causes.customers as customers_with_a_cause
from moves
full outer join causes
    on
        moves.snapshot_date = causes.snapshot_date
        and moves.from_segment = causes.from_segment
        and moves.to_segment = causes.to_segment
where coalesce(moves.customers, 0) <> coalesce(causes.customers, 0)
