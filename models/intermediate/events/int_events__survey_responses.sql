with survey_responses as (
    select * from {{ ref('stg_service_desk__survey_responses') }}
),

as_of as (
    select * from {{ ref('int_calendar__as_of_date') }}
),

contact_customers as (
    select
        source_record_id as contact_id,
        customer_id
    from {{ ref('int_identity__record_customers') }}
    where source_entity = 'contact'
)

select
    survey_responses.response_id,
    contact_customers.customer_id,
    survey_responses.responded_at,
    {{ local_date('survey_responses.responded_at') }} as response_date,
    survey_responses.survey_type,
    survey_responses.score
from survey_responses
cross join as_of
left join contact_customers on survey_responses.contact_id = contact_customers.contact_id
where {{ happened_by_as_of_date('survey_responses.responded_at') }}
