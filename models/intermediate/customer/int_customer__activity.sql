with as_of as (
    select * from {{ ref('int_calendar__as_of_date') }}
),

record_customers as (
    select * from {{ ref('int_identity__record_customers') }}
),

customer_orders as (
    select * from {{ ref('int_customer__orders') }}
),

sessions as (
    select * from {{ ref('int_customer__sessions') }}
),

campaign_contacts as (
    select * from {{ ref('stg_crm__campaign_contacts') }}
),

tickets as (
    select * from {{ ref('stg_service_desk__tickets') }}
),

survey_responses as (
    select * from {{ ref('stg_service_desk__survey_responses') }}
),

crm_customers as (
    select
        source_record_id as customer_number,
        customer_id
    from record_customers
    where source_entity = 'customer'
),

contact_customers as (
    select
        source_record_id as contact_id,
        customer_id
    from record_customers
    where source_entity = 'contact'
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
        crm_customers.customer_id,
        'click' as kind,
        campaign_contacts.clicked_at as happened_at
    from campaign_contacts
    inner join crm_customers on campaign_contacts.customer_number = crm_customers.customer_number
    where campaign_contacts.clicked_at is not null
    union all
    select
        contact_customers.customer_id,
        'ticket' as kind,
        tickets.created_at as happened_at
    from tickets
    inner join contact_customers on tickets.contact_id = contact_customers.contact_id
    union all
    select
        contact_customers.customer_id,
        'survey' as kind,
        survey_responses.responded_at as happened_at
    from survey_responses
    inner join contact_customers on survey_responses.contact_id = contact_customers.contact_id
)

select
    moments.customer_id,
    count(*) filter (where moments.kind = 'ticket') as ticket_count,
    max(moments.happened_at) filter (where moments.kind = 'ticket') as last_ticket_at,
    max(moments.happened_at) as last_seen_at
from moments
cross join as_of
where as_of.cut_off_at is null or moments.happened_at < as_of.cut_off_at
group by moments.customer_id
