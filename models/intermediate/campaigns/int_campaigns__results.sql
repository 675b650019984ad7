-- inlined: one reader wants the names of all contacts, the other what customers did
with contacts as {{ inlined() }} (
    select * from {{ ref('int_events__campaign_contacts') }}
    where campaign_id is not null
),

purchases as (
    select * from {{ ref('int_orders__counted') }}
    where is_purchase
),

as_of as (
    select * from {{ ref('int_calendar__as_of_date') }}
),

-- few rows, since nearly all contacts of a campaign have one name and channel
named_contacts as (
    select
        campaign_id,
        campaign_name,
        channel,
        count(*) as contacts,
        min(sent_at) as first_sent_at,
        max(sent_at) as last_sent_at,
        max({{ ordered_by('sent_at', 'contact_id') }}) as latest_contact
    from contacts
    group by
        campaign_id,
        campaign_name,
        channel
),

campaigns as (
    select
        campaign_id,
        max_by(campaign_name, latest_contact) filter (where campaign_name is not null) as campaign_name,
        {{ local_date('min(first_sent_at)') }} as first_sent_date,
        {{ local_date('max(last_sent_at)') }} as last_sent_date
    from named_contacts
    group by campaign_id
),

channels as (
    select
        campaign_id,
        channel,
        row_number() over (partition by campaign_id order by sum(contacts) desc, channel) as channel_rank
    from named_contacts
    where channel is not null
    group by
        campaign_id,
        channel
),

campaign_customers as (
    select
        campaign_id,
        customer_id,
        case
            when bool_and(coalesce(is_control, false)) then 'control'
            when bool_or(coalesce(is_control, false)) then 'mixed'
            else 'treated'
        end as customer_group,
        count(opened_at) > 0 as has_opened,
        count(clicked_at) > 0 as has_clicked,
        count(unsubscribed_at) > 0 as has_unsubscribed,
        {{ local_date('min(sent_at)') }} as first_contact_date
    from contacts
    where customer_id is not null
    group by
        campaign_id,
        customer_id
),

-- what each bought on the day of the first contact and the 29 days after it
customer_purchases as (
    select
        campaign_customers.campaign_id,
        campaign_customers.customer_id,
        min(purchases.order_date) as first_order_date,
        {{ money_units('sum(purchases.net_amount)') }} as revenue_units
    from campaign_customers
    inner join purchases
        on
            campaign_customers.customer_id = purchases.customer_id
            and purchases.order_date between
            campaign_customers.first_contact_date
            and cast(campaign_customers.first_contact_date + interval 29 day as date)
    group by
        campaign_customers.campaign_id,
        campaign_customers.customer_id
),

customer_results as (
    select
        campaign_customers.*,
        customer_purchases.customer_id is not null as bought_in_30_days,
        coalesce(
            customer_purchases.first_order_date
            <= cast(campaign_customers.first_contact_date + interval 6 day as date),
            false
        ) as bought_in_7_days,
        cast(customer_purchases.revenue_units as decimal(19, 0)) as revenue_units
    from campaign_customers
    left join customer_purchases
        on
            campaign_customers.campaign_id = customer_purchases.campaign_id
            and campaign_customers.customer_id = customer_purchases.customer_id
),

results as (
    select
        campaign_id,
        count(*) filter (where customer_group = 'treated') as customers,
        count(*) filter (where customer_group = 'control') as control_customers,
        count(*) filter (where customer_group = 'mixed') as mixed_customers,
        count(*) filter (where customer_group = 'treated' and has_opened) as opened,
        count(*) filter (where customer_group = 'treated' and has_clicked) as clicked,
        count(*) filter (where customer_group = 'treated' and has_unsubscribed) as unsubscribed,
        count(*) filter (where customer_group = 'treated' and bought_in_7_days) as buyers_7_days,
        count(*) filter (where customer_group = 'treated' and bought_in_30_days) as buyers_30_days,
        sum(revenue_units) filter (where customer_group = 'treated') as revenue_units,
        sum(revenue_units * revenue_units) filter (where customer_group = 'treated') as squared_revenue_units,
        count(*) filter (where customer_group = 'control' and bought_in_30_days) as control_buyers_30_days,
        sum(revenue_units) filter (where customer_group = 'control') as control_revenue_units,
        sum(revenue_units * revenue_units) filter (where customer_group = 'control') as control_squared_revenue_units
    from customer_results
    group by campaign_id
)

select
    campaigns.campaign_id,
    campaigns.campaign_name,
    channels.channel,
    campaigns.first_sent_date,
    campaigns.last_sent_date,
    coalesce(results.customers, 0) as customers,
    coalesce(results.control_customers, 0) as control_customers,
    coalesce(results.mixed_customers, 0) as mixed_customers,
    coalesce(results.opened, 0) as opened,
    coalesce(results.clicked, 0) as clicked,
    coalesce(results.unsubscribed, 0) as unsubscribed,
    coalesce(results.buyers_7_days, 0) as buyers_7_days,
    coalesce(results.buyers_30_days, 0) as buyers_30_days,
    cast(coalesce(results.revenue_units, 0) as bigint) as revenue_30_days_units,
    -- as text, since a square may need more digits than a bigint has, and Python would read a decimal as a float
    cast(cast(coalesce(results.squared_revenue_units, 0) as decimal(38, 0)) as {{ dbt.type_string() }})
        as squared_revenue_units,
    coalesce(results.control_buyers_30_days, 0) as control_buyers_30_days,
    cast(coalesce(results.control_revenue_units, 0) as bigint) as control_revenue_30_days_units,
    cast(cast(coalesce(results.control_squared_revenue_units, 0) as decimal(38, 0)) as {{ dbt.type_string() }})
        as control_squared_revenue_units,
    coalesce(cast(campaigns.last_sent_date + interval 29 day as date) <= as_of.as_of_date, false) as is_complete
from campaigns
cross join as_of
left join results on campaigns.campaign_id = results.campaign_id
left join channels
    on
        campaigns.campaign_id = channels.campaign_id
        and channels.channel_rank = 1
