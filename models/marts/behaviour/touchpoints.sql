-- noqa: disable=LT02
with orders as (
    select * from {{ ref('int_orders__counted') }}
    where is_purchase
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

touches as (
    select
        'purchase' as kind,
        order_id as source_key,
        customer_id,
        ordered_at as occurred_at,
        sales_channel as channel,
        net_amount
    from orders
    union all
    select
        'session' as kind,
        session_id as source_key,
        customer_id,
        started_at as occurred_at,
        traffic_channel as channel,
        null as net_amount
    from sessions
    {%- for kind, moment in [
        ('campaign_sent', 'sent_at'),
        ('campaign_opened', 'opened_at'),
        ('campaign_clicked', 'clicked_at'),
        ('unsubscribed', 'unsubscribed_at'),
    ] %}
    union all
    select
        '{{ kind }}' as kind,
        contact_id as source_key,
        customer_id,
        {{ moment }} as occurred_at,
        channel,
        null as net_amount
    from campaign_contacts
    where
        {{ moment }} is not null
        {%- if kind == 'campaign_sent' %}
        and not coalesce(is_control, false) -- held out on purpose: nothing was sent
        {%- endif %}
    {%- endfor %}
    union all
    select
        'ticket' as kind,
        ticket_id as source_key,
        customer_id,
        created_at as occurred_at,
        channel,
        null as net_amount
    from tickets
    union all
    select
        'survey_answer' as kind,
        response_id as source_key,
        customer_id,
        responded_at as occurred_at,
        null as channel,
        null as net_amount
    from survey_responses
)

select
    kind || ':' || source_key as touchpoint_id,
    kind,
    customer_id,
    occurred_at,
    {{ local_date('occurred_at') }} as touch_date,
    channel,
    cast(net_amount as decimal(18, 4)) as net_amount
from touches
