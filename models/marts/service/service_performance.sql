with tickets as (
    select
        *,
        coalesce(channel, '(unknown)') as ticket_channel,
        coalesce(category, '(unknown)') as ticket_category,
        {{ month_start('created_date') }} as month,
        {{ month_start(local_date('resolved_at')) }} as resolved_month,
        lag(created_at) over (partition by customer_id order by created_at, ticket_id) as previous_created_at
    from {{ ref('int_events__tickets') }}
),

months as (
    select * from {{ ref('int_service__months') }}
),

created as (
    select
        month,
        ticket_channel,
        ticket_category,
        count(*) as tickets,
        count(distinct customer_id) as customers,
        {% for fraction in (0.5, 0.9) -%}
        {{ percentile(microseconds_between('created_at', 'first_responded_at'), fraction) }} / 6e7
            as first_response_minutes_{{ 'median' if fraction == 0.5 else 'p90' }},
        {{ percentile(microseconds_between('created_at', 'resolved_at'), fraction) }} / 36e8
            as resolution_hours_{{ 'median' if fraction == 0.5 else 'p90' }},
        {% endfor -%}
        count(*) - count(first_responded_at) as unanswered,
        count(*) - count(resolved_at) as unresolved,
        count(*) filter (where reopened_count > 0) as reopened,
        sum(
            case
                when
                    customer_id is not null
                    and previous_created_at >= cast(created_at - interval 7 day as timestamp)
                    then 1
                else 0
            end
        ) as repeat_contacts
    from tickets
    group by
        month,
        ticket_channel,
        ticket_category
),

-- a ticket that was resolved before it was created never waited
resolved as (
    select
        greatest(resolved_month, month) as month,
        ticket_channel,
        ticket_category,
        count(*) as resolved_tickets
    from tickets
    where resolved_month is not null
    group by
        greatest(resolved_month, month),
        ticket_channel,
        ticket_category
),

combinations as (
    select distinct
        ticket_channel,
        ticket_category
    from tickets
),

monthly as (
    select
        months.month,
        combinations.ticket_channel as channel,
        combinations.ticket_category as category,
        coalesce(created.tickets, 0) as tickets,
        coalesce(created.customers, 0) as customers,
        created.first_response_minutes_median,
        created.first_response_minutes_p90,
        coalesce(created.unanswered, 0) as unanswered,
        created.resolution_hours_median,
        created.resolution_hours_p90,
        coalesce(created.unresolved, 0) as unresolved,
        coalesce(created.reopened, 0) as reopened,
        cast(coalesce(created.repeat_contacts, 0) as bigint) as repeat_contacts,
        coalesce(resolved.resolved_tickets, 0) as resolved_tickets
    from months
    cross join combinations
    left join created
        on
            months.month = created.month
            and combinations.ticket_channel = created.ticket_channel
            and combinations.ticket_category = created.ticket_category
    left join resolved
        on
            months.month = resolved.month
            and combinations.ticket_channel = resolved.ticket_channel
            and combinations.ticket_category = resolved.ticket_category
)

select
    month,
    channel,
    category,
    tickets,
    customers,
    first_response_minutes_median,
    first_response_minutes_p90,
    unanswered,
    resolution_hours_median,
    resolution_hours_p90,
    unresolved,
    cast(
        sum(tickets - resolved_tickets) over (
            partition by channel, category order by month
            rows between unbounded preceding and current row
        ) as bigint
    ) as backlog,
    reopened,
    repeat_contacts
from monthly
