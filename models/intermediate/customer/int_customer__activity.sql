with customer_orders as (
    select * from {{ ref('int_customer__orders') }}
),

sessions as (
    select * from {{ ref('int_events__sessions') }}
),

campaign_contacts as (
    select * from {{ ref('int_events__campaign_contacts') }}
),

tickets as (
    select * from {{ ref('int_events__tickets') }}
),

survey_responses as (
    select * from {{ ref('int_events__survey_responses') }}
),

moments as (
    select
        customer_id,
        'purchase' as kind,
        last_ordered_at as happened_at
    from customer_orders
    where last_ordered_at is not null
    union all
    select
        customer_id,
        'session' as kind,
        started_at as happened_at
    from sessions
    union all
    select
        customer_id,
        'click' as kind,
        clicked_at as happened_at
    from campaign_contacts
    where clicked_at is not null
    union all
    select
        customer_id,
        'ticket' as kind,
        created_at as happened_at
    from tickets
    union all
    select
        customer_id,
        'survey answer' as kind,
        responded_at as happened_at
    from survey_responses
),

seen as (
    select
        customer_id,
        count(*) filter (where kind = 'ticket') as ticket_count,
        max(happened_at) filter (where kind = 'ticket') as last_ticket_at,
        max(happened_at) as last_seen_at
    from moments
    where customer_id is not null
    group by customer_id
),

unresolved_tickets as (
    select
        customer_id,
        count(*) as open_tickets
    from tickets
    where resolved_at is null
    group by customer_id
),

nps_answers as (
    select
        customer_id,
        score,
        row_number() over (partition by customer_id order by responded_at desc, response_id desc) as recency
    from survey_responses
    where survey_type = 'nps'
)

select
    seen.customer_id,
    seen.ticket_count,
    unresolved_tickets.open_tickets,
    seen.last_ticket_at,
    nps_answers.score as latest_nps_score,
    seen.last_seen_at
from seen
left join unresolved_tickets on seen.customer_id = unresolved_tickets.customer_id
left join nps_answers
    on
        seen.customer_id = nps_answers.customer_id
        and nps_answers.recency = 1
