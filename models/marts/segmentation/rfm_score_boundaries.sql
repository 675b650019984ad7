with history_in_window as (
    select * from {{ ref('customer_segment_history') }}
    where is_in_window
)
{{ score_boundaries(rfm_metrics()) }}
