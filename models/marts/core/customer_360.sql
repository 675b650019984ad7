with customers as (
    select * from {{ ref('int_customer__customers') }}
),

contact_details as (
    select * from {{ ref('customer_contact_details') }}
),

customer_orders as (
    select * from {{ ref('int_customer__orders') }}
),

segments as (
    select * from {{ ref('customer_segments') }}
),

history as (
    select * from {{ ref('customer_segment_history') }}
),

snapshot_dates as (
    select * from {{ ref('int_calendar__snapshot_dates') }}
),

as_of as (
    select * from {{ ref('int_calendar__as_of_date') }}
),

acquisition as (
    select * from {{ ref('int_customer__acquisition') }}
),

customer_consent as (
    select * from {{ ref('customer_consent') }}
),

golden_records as (
    select * from {{ ref('int_customer__golden_records') }}
),

activity as (
    select * from {{ ref('int_customer__activity') }}
),

engagement as (
    select * from {{ ref('customer_engagement') }}
),

journeys as (
    select * from {{ ref('customer_journeys') }}
),

early_warnings as (
    select * from {{ ref('early_warnings') }}
),

devices as (
    select * from {{ ref('int_customer__devices') }}
),

predictions as (
    select * from {{ ref('customer_predictions') }}
),

delivered_tables as (
    select * from {{ ref('stg_delivery__tables') }}
),

delivered as (
    select bool_or(source_table = 'service_desk.tickets' and is_delivered) as has_tickets
    from delivered_tables
),

consents as (
    select
        customer_id,
        bool_or(is_open) as has_marketing_consent
    from customer_consent
    group by customer_id
),

latest_month_end as (
    select max(snapshot_dates.snapshot_date) as snapshot_date
    from snapshot_dates
    cross join as_of
    where
        snapshot_dates.is_month_end
        and snapshot_dates.snapshot_date < as_of.as_of_date
),

previous_segments as (
    select
        history.customer_id,
        history.segment_code
    from history
    inner join latest_month_end on history.snapshot_date = latest_month_end.snapshot_date
),

ages as (
    select
        contact_details.customer_id,
        {{ years_between('contact_details.birth_date', 'as_of.as_of_date') }} as age
    from contact_details
    cross join as_of
)

select
    customers.customer_id,
    customers.is_in_crm,
    customers.is_in_webshop,
    customers.is_in_service_desk,
    customers.source_records,
    customer_orders.first_order_date,
    customer_orders.last_order_date,
    coalesce(customer_orders.lifetime_orders, 0) as lifetime_orders,
    cast(coalesce(customer_orders.lifetime_net_revenue, 0) as decimal(18, 4)) as lifetime_net_revenue,
    customer_orders.average_order_value,
    segments.r_score,
    segments.f_score,
    segments.m_score,
    coalesce(segments.segment_code, 'prospect') as segment_code,
    previous_segments.segment_code as previous_segment_code,
    contact_details.country_code,
    substr(contact_details.postal_code, 1, 2) as postal_area,
    case
        when ages.age < 18 then '<18'
        when ages.age < 25 then '18-24'
        when ages.age < 35 then '25-34'
        when ages.age < 45 then '35-44'
        when ages.age < 55 then '45-54'
        when ages.age < 65 then '55-64'
        when ages.age < 75 then '65-74'
        when ages.age >= 75 then '75+'
    end as age_band,
    contact_details.gender,
    acquisition.acquisition_channel,
    customer_orders.preferred_sales_channel,
    consents.has_marketing_consent,
    coalesce(activity.ticket_count, 0) as ticket_count,
    case when delivered.has_tickets then coalesce(activity.open_tickets, 0) end as open_tickets,
    activity.last_ticket_at,
    activity.latest_nps_score,
    case
        when activity.latest_nps_score >= 9 then 'promoter'
        when activity.latest_nps_score >= 7 then 'passive'
        when activity.latest_nps_score >= 0 then 'detractor'
    end as latest_nps_category,
    activity.last_seen_at,
    engagement.engagement_band,
    journeys.preferred_contact_channel,
    journeys.days_to_first_purchase,
    early_warnings.falls_on as early_warning_on,
    devices.device,
    predictions.value_score,
    predictions.probability_alive,
    predictions.next_purchase_status,
    predictions.expected_revenue_365_days,
    golden_records.conflicting_fields,
    golden_records.completeness
from customers
cross join delivered
left join contact_details on customers.customer_id = contact_details.customer_id
left join customer_orders on customers.customer_id = customer_orders.customer_id
left join segments on customers.customer_id = segments.customer_id
left join previous_segments on customers.customer_id = previous_segments.customer_id
left join ages on customers.customer_id = ages.customer_id
left join acquisition on customers.customer_id = acquisition.customer_id
left join consents on customers.customer_id = consents.customer_id
left join golden_records on customers.cluster_number = golden_records.cluster_number
left join activity on customers.customer_id = activity.customer_id
left join engagement on customers.customer_id = engagement.customer_id
left join journeys on customers.customer_id = journeys.customer_id
left join early_warnings on customers.customer_id = early_warnings.customer_id
left join devices on customers.customer_id = devices.customer_id
left join predictions on customers.customer_id = predictions.customer_id
