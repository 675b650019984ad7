with survey_responses as (
    select * from {{ ref('stg_service_desk__survey_responses') }}
    where survey_type = 'nps'
),

as_of as (
    select * from {{ ref('int_calendar__as_of_date') }}
),

record_customers as (
    select * from {{ ref('int_identity__record_customers') }}
    where source_entity = 'contact'
),

answers as (
    select
        record_customers.customer_id,
        survey_responses.score,
        row_number() over (
            partition by record_customers.customer_id
            order by survey_responses.responded_at desc, survey_responses.response_id desc
        ) as recency
    from survey_responses
    inner join record_customers on survey_responses.contact_id = record_customers.source_record_id
    cross join as_of
    where as_of.cut_off_at is null or survey_responses.responded_at < as_of.cut_off_at
)

select
    customer_id,
    score as latest_nps_score
from answers
where recency = 1
