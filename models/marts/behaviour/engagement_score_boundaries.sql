with history_in_window as (
    select * from {{ ref('customer_engagement_history') }}
    where is_in_window
)
{{ score_boundaries(engagement_metrics()) }}
