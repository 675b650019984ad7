with tickets as (
    select * from {{ ref('int_events__tickets') }}
),

as_of as (
    select * from {{ ref('int_calendar__as_of_date') }}
),

-- without any purchase there is no as_of_date
period as (
    select
        min(tickets.created_date) as first_date,
        coalesce(max(as_of.as_of_date), max(tickets.created_date)) as last_date
    from tickets
    cross join as_of
),

{{ calendar_months('period', 'first_date', 'last_date') }}

select month
from months
