with answers as (
    select
        *,
        {{ month_start('response_date') }} as month
    from {{ ref('int_events__survey_responses') }}
),

{{ segments_of_events('answers', 'response_date') }},

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
