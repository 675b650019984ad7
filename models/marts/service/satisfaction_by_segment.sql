with answers as (
    select * from {{ ref('int_events__survey_responses') }}
),

history as (
    select * from {{ ref('customer_segment_history') }}
),

customer_orders as (
    select * from {{ ref('int_customer__orders') }}
),

segmented as (
    select
        {{ month_start('answers.response_date') }} as month,
        answers.survey_type,
        coalesce(
            {{ segment_of_event(
                'answers.response_date', 'answers.customer_id', 'history.segment_code', 'customer_orders.first_order_date'
            ) | indent(12) }},
            '(unknown)'
        ) as segment_code,
        answers.score
    from answers
    left join history
        on
            answers.customer_id = history.customer_id
            and {{ snapshot_before('answers.response_date') }} = history.snapshot_date
    left join customer_orders on answers.customer_id = customer_orders.customer_id
),

counts as (
    select
        month,
        survey_type,
        segment_code,
        {{ satisfaction_counts() | indent(8) }}
    from segmented
    group by
        month,
        survey_type,
        segment_code
)

select
    month,
    survey_type,
    segment_code,
    {{ satisfaction_columns('counts') | indent(4) }}
from counts
