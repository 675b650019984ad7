with tickets as (
    select * from {{ ref('stg_service_desk__tickets') }}
),

as_of as (
    select * from {{ ref('int_calendar__as_of_date') }}
),

closed_statuses as (
    select * from {{ ref('closed_ticket_statuses') }}
),

contact_customers as (
    select
        source_record_id as contact_id,
        customer_id
    from {{ ref('int_identity__record_customers') }}
    where source_entity = 'contact'
)

select
    tickets.ticket_id,
    contact_customers.customer_id,
    tickets.created_at,
    {{ local_date('tickets.created_at') }} as created_date,
    tickets.channel,
    tickets.category,
    tickets.status,
    {{ moment_by_as_of_date('tickets.first_responded_at') }} as first_responded_at,
    case
        when tickets.resolved_at is not null then {{ moment_by_as_of_date('tickets.resolved_at') }}
        when closed_statuses.status is not null then {{ moment_by_as_of_date('tickets.updated_at') }}
    end as resolved_at,
    tickets.reopened_count,
    {{ moment_by_as_of_date('tickets.updated_at') }} as updated_at
from tickets
cross join as_of
left join contact_customers on tickets.contact_id = contact_customers.contact_id
left join closed_statuses on lower(tickets.status) = closed_statuses.status
where {{ happened_by_as_of_date('tickets.created_at') }}
