with accounts as (
    select * from {{ ref('stg_webshop__accounts') }}
    where acquisition_channel is not null
),

sessions as (
    select * from {{ ref('int_events__sessions') }}
    where
        customer_id is not null
        and traffic_channel is not null
),

account_customers as (
    select
        source_record_id as account_id,
        customer_id
    from {{ ref('int_identity__record_customers') }}
    where source_entity = 'account'
),

channels as (
    select
        account_customers.customer_id,
        1 as source_priority,
        accounts.acquisition_channel,
        accounts.created_at as happened_at,
        accounts.account_id as tie_break
    from accounts
    inner join account_customers on accounts.account_id = account_customers.account_id
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
        ) as preference
    from channels
)

select
    customer_id,
    acquisition_channel
from ranked
where preference = 1
