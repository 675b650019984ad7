{# The values of two scores of a metric never overlap. It fails where rfm_tie_method splits ties: disable it there. #}
{% test equal_values_have_equal_scores(model) %}
select
    lower_score.snapshot_date,
    lower_score.metric,
    lower_score.score,
    higher_score.score as other_score
from {{ model }} as lower_score
inner join {{ model }} as higher_score
    on
        lower_score.snapshot_date = higher_score.snapshot_date
        and lower_score.metric = higher_score.metric
        and lower_score.score < higher_score.score
where
    (lower_score.metric = 'recency_days' and lower_score.value_from <= higher_score.value_to)
    or (lower_score.metric <> 'recency_days' and lower_score.value_to >= higher_score.value_from)
{% endtest %}
