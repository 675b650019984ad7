-- unless rfm_tie_method splits ties, the values of two scores of a metric never overlap
{{ config(enabled=var('rfm_tie_method') != 'ntile') }}

select
    lower_score.snapshot_date,
    lower_score.metric,
    lower_score.score,
    higher_score.score as other_score
from {{ ref('engagement_score_boundaries') }} as lower_score
inner join {{ ref('engagement_score_boundaries') }} as higher_score
    on
        lower_score.snapshot_date = higher_score.snapshot_date
        and lower_score.metric = higher_score.metric
        and lower_score.score < higher_score.score
where
    (lower_score.metric = 'recency_days' and lower_score.value_from <= higher_score.value_to)
    or (lower_score.metric <> 'recency_days' and lower_score.value_to >= higher_score.value_from)
