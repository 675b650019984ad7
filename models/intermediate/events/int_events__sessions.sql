with as_of as (
    select * from {{ ref('int_calendar__as_of_date') }}
),

{{ known_sessions() }},

-- the devices that only one customer was seen on, whenever that was
device_customers as (
    select
        anonymous_id,
        min(customer_id) as customer_id
    from customer_devices
    group by anonymous_id
    having count(*) = 1
)

select
    sessions.session_id,
    coalesce(sessions.known_customer_id, device_customers.customer_id) as customer_id,
    sessions.started_at,
    sessions.anonymous_id,
    sessions.duration_seconds,
    sessions.page_views,
    sessions.product_views,
    sessions.searches,
    sessions.device,
    sessions.traffic_channel,
    sessions.experiment,
    sessions.variant,
    sessions.is_converted
from known_sessions as sessions
cross join as_of
left join device_customers on sessions.anonymous_id = device_customers.anonymous_id
where {{ happened_by_as_of_date('sessions.started_at') }}
