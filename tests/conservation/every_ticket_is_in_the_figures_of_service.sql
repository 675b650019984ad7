with tickets as (
    select
        count(*) as tickets,
        count(*) - count(resolved_at) as unresolved
    from {{ ref('int_events__tickets') }}
),

performance as (
    select * from {{ ref('service_performance') }}
),

by_segment as (
    select * from {{ ref('service_by_segment') }}
),

last_month as (
    select max(month) as month
    from performance
),

-- what was created and not resolved is still there at the end
created as (
    select
        coalesce(sum(performance.tickets), 0) as tickets,
        coalesce(sum(performance.unresolved), 0) as unresolved,
        coalesce(sum(performance.backlog) filter (where performance.month = last_month.month), 0) as backlog
    from performance
    cross join last_month
),

segmented as (
    select coalesce(sum(tickets), 0) as tickets
    from by_segment
)

select
    tickets.tickets,
    tickets.unresolved,
    created.tickets as created_tickets,
    created.unresolved as created_unresolved,
    created.backlog,
    segmented.tickets as segmented_tickets
from tickets
cross join created
cross join segmented
where
    tickets.tickets <> created.tickets
    or tickets.tickets <> segmented.tickets
    or tickets.unresolved <> created.unresolved
    or tickets.unresolved <> created.backlog
