with tickets as (
    select * from {{ ref('int_events__tickets') }}
),

months as (
    select * from {{ ref('int_service__months') }}
),

history as (
    select * from {{ ref('customer_segment_history') }}
),

customer_orders as (
    select * from {{ ref('int_customer__orders') }}
),

segmented as (
    select
        {{ month_start('tickets.created_date') }} as month,
        tickets.customer_id,
        coalesce(
            {{ segment_of_event(
                'tickets.created_date', 'tickets.customer_id', 'history.segment_code', 'customer_orders.first_order_date'
            ) | indent(12) }},
            '(unknown)'
        ) as segment_code
    from tickets
    left join history
        on
            tickets.customer_id = history.customer_id
            and {{ snapshot_before('tickets.created_date') }} = history.snapshot_date
    left join customer_orders on tickets.customer_id = customer_orders.customer_id
),

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
