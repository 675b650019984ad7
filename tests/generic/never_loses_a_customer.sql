{# A customer in one snapshot of a history is in every later one. #}
{% test never_loses_a_customer(model) %}
select
    snapshots.snapshot_date,
    history.customer_id
from {{ ref('snapshots') }} as snapshots
inner join {{ model }} as history on snapshots.previous_snapshot_date = history.snapshot_date
left join {{ model }} as later
    on
        snapshots.snapshot_date = later.snapshot_date
        and history.customer_id = later.customer_id
where later.customer_id is null
{% endtest %}
