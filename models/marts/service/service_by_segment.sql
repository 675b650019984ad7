with tickets as (
    select
        *,
        {{ month_start('created_date') }} as month
    from {{ ref('int_events__tickets') }}
),

months as (
    select * from {{ ref('int_service__months') }}
),

{{ segments_of_events('tickets', 'created_date') }},

with_ticket as (
    select
        month,
        segment_code,
        count(*) as tickets,
        count(distinct customer_id) as customers_with_ticket
    from segmented
    group by
        month,
        segment_code
),

segment_sizes as (
    select
        months.month,
        history.segment_code,
        count(*) as customers
    from history
    inner join months on history.snapshot_date = {{ snapshot_before('months.month') }}
    group by
        months.month,
        history.segment_code
),

groups as (
    select
        month,
        segment_code
    from with_ticket
    union
    select
        month,
        segment_code
    from segment_sizes
)

select
    groups.month,
    groups.segment_code,
    coalesce(with_ticket.tickets, 0) as tickets,
    coalesce(with_ticket.customers_with_ticket, 0) as customers_with_ticket,
    coalesce(segment_sizes.customers, 0) as customers,
    100 * {{ ratio('coalesce(with_ticket.tickets, 0)', 'segment_sizes.customers') }} as tickets_per_100_customers
from groups
left join with_ticket
    on
        groups.month = with_ticket.month
        and groups.segment_code = with_ticket.segment_code
left join segment_sizes
    on
        groups.month = segment_sizes.month
        and groups.segment_code = segment_sizes.segment_code
