-- of each kind as many touchpoints as accepted rows with such a moment up to as_of_date; purchases for the same amount
with as_of as (
    select * from {{ ref('int_calendar__as_of_date') }}
),

contacts as (
    select contacts.*
    from {{ ref('stg_crm__campaign_contacts') }} as contacts
    cross join as_of
    where {{ happened_by_as_of_date('contacts.sent_at') }}
),

accepted as (
    select
        'purchase' as kind,
        count(*) as moments,
        sum(orders.net_amount) as net_amount
    from {{ ref('int_orders__classified') }} as orders
    cross join as_of
    where
        orders.outcome = 'purchase'
        and (as_of.as_of_date is null or orders.order_date <= as_of.as_of_date)
    {%- for kind, staging, moment in [
        ('session', 'stg_webshop__sessions', 'started_at'),
        ('ticket', 'stg_service_desk__tickets', 'created_at'),
        ('survey_answer', 'stg_service_desk__survey_responses', 'responded_at'),
    ] %}
    union all
    select
        '{{ kind }}' as kind,
        count(*) as moments,
        null as net_amount
    from {{ ref(staging) }} as events
    cross join as_of
    where {{ happened_by_as_of_date('events.' ~ moment) }}
    {%- endfor %}
    union all
    select
        'campaign_sent' as kind,
        count(*) as moments,
        null as net_amount
    from contacts
    where
        is_control is null
        or not is_control
    {%- for kind, moment in [
        ('campaign_opened', 'opened_at'),
        ('campaign_clicked', 'clicked_at'),
        ('unsubscribed', 'unsubscribed_at'),
    ] %}
    union all
    select
        '{{ kind }}' as kind,
        count({{ moment_by_as_of_date('contacts.' ~ moment) }}) as moments,
        null as net_amount
    from contacts
    cross join as_of
    {%- endfor %}
),

touches as (
    select
        kind,
        count(*) as touches,
        sum(net_amount) as net_amount
    from {{ ref('touchpoints') }}
    group by kind
)

select
    coalesce(accepted.kind, touches.kind) as kind,
    accepted.moments,
    touches.touches,
    accepted.net_amount as accepted_amount,
    touches.net_amount as amount_of_touches
from accepted
full outer join touches on accepted.kind = touches.kind
where
    accepted.kind is null
    or accepted.moments <> coalesce(touches.touches, 0)
    or coalesce(accepted.net_amount, 0) <> coalesce(touches.net_amount, 0)
