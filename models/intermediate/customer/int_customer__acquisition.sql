with accounts as (
    select * from {{ ref('stg_webshop__accounts') }}
    where acquisition_channel is not null
),

sessions as (
    select * from {{ ref('int_customer__sessions') }}
    where traffic_channel is not null
),

record_customers as (
    select * from {{ ref('int_identity__record_customers') }}
),

ways_in as (
    select
        record_customers.customer_id,
        1 as source_priority,
        accounts.acquisition_channel,
        accounts.created_at as happened_at,
        accounts.account_id as tie_break
    from accounts
    inner join record_customers
        on
            accounts.account_id = record_customers.source_record_id
            and record_customers.source_entity = 'account'
    union all
    select
        customer_id,
        2 as source_priority,
        traffic_channel as acquisition_channel,
        started_at as happened_at,
        session_id as tie_break
    from sessions
),

ranked as (
    select
        customer_id,
        acquisition_channel,
        row_number() over (
            partition by customer_id
            order by source_priority, happened_at asc nulls last, tie_break
        ) as way_number
    from ways_in
)

select
    customer_id,
    acquisition_channel
from ranked
where way_number = 1
