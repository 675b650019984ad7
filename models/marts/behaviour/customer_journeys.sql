with touches as {{ inlined() }} (
    select
        *,
        kind || ':' || coalesce(channel, '') as kind_and_channel
    from {{ ref('touchpoints') }}
    where
        customer_id is not null
        and kind <> 'campaign_sent' -- what is sent to a customer is no touch of theirs
),

first_purchases as (
    select
        customer_id,
        min(occurred_at) as purchased_at,
        min(touch_date) as purchase_date
    from touches
    where kind = 'purchase'
    group by customer_id
),

journeys as (
    select
        touches.customer_id,
        min(touches.occurred_at) as first_touch_at,
        min(touches.touch_date) as first_touch_date,
        max(touches.occurred_at) as last_touch_at,
        count(*) as touches,
        count(*) filter (where touches.occurred_at < first_purchases.purchased_at) as touches_before_first_purchase,
        -- one text, since a channel of null would be passed over
        min_by(touches.kind_and_channel, {{ ordered_by('touches.occurred_at', 'touches.touchpoint_id') }})
            as first_touch,
        max_by(touches.kind, {{ ordered_by('touches.occurred_at', 'touches.touchpoint_id') }}) as last_touch_kind
    from touches
    left join first_purchases on touches.customer_id = first_purchases.customer_id
    group by touches.customer_id
),

channel_uses as (
    select
        customer_id,
        channel,
        count(*) filter (where kind = 'campaign_clicked') as clicks,
        count(*) filter (where kind = 'campaign_opened') as opens,
        max(occurred_at) as last_used_at
    from touches
    where
        kind in ('campaign_clicked', 'campaign_opened')
        and channel is not null
    group by
        customer_id,
        channel
),

ranked_channels as (
    select
        customer_id,
        channel,
        row_number() over (
            partition by customer_id order by clicks desc, opens desc, last_used_at desc, channel
        ) as preference
    from channel_uses
)

select
    journeys.customer_id,
    journeys.first_touch_at,
    split_part(journeys.first_touch, ':', 1) as first_touch_kind,
    nullif(substr(journeys.first_touch, instr(journeys.first_touch, ':') + 1), '') as first_touch_channel,
    journeys.last_touch_at,
    journeys.last_touch_kind,
    journeys.touches,
    case when first_purchases.customer_id is not null then journeys.touches_before_first_purchase end
        as touches_before_first_purchase,
    {{ days_between('journeys.first_touch_date', 'first_purchases.purchase_date') }} as days_to_first_purchase,
    ranked_channels.channel as preferred_contact_channel
from journeys
left join first_purchases on journeys.customer_id = first_purchases.customer_id
left join ranked_channels
    on
        journeys.customer_id = ranked_channels.customer_id
        and ranked_channels.preference = 1
