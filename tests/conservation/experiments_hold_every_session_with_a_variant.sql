-- each visitor counts once in an experiment: in a variant, or as one who met several
with visitors as (
    select
        experiment,
        coalesce('device ' || anonymous_id, 'customer ' || customer_id, 'session ' || session_id) as visitor,
        count(distinct lower(variant)) as variants,
        coalesce(bool_or(is_converted), false) as is_converted
    from {{ ref('int_events__sessions') }}
    where
        experiment is not null
        and variant is not null
    group by
        experiment,
        coalesce('device ' || anonymous_id, 'customer ' || customer_id, 'session ' || session_id)
),

experiments as (
    select
        experiment,
        count(*) as visitors,
        count(*) filter (where variants > 1) as excluded_visitors,
        count(*) filter (where variants = 1 and is_converted) as converted
    from visitors
    group by experiment
),

results as (
    select
        experiment,
        sum(visitors) as visitors,
        min(excluded_visitors) as fewest_excluded_visitors,
        max(excluded_visitors) as most_excluded_visitors,
        sum(converted) as converted
    from {{ ref('experiment_results') }}
    group by experiment
)

select
    coalesce(experiments.experiment, results.experiment) as experiment,
    experiments.visitors as all_visitors,
    results.visitors,
    experiments.excluded_visitors,
    results.fewest_excluded_visitors,
    results.most_excluded_visitors,
    experiments.converted as converted_visitors,
    results.converted
from experiments
full outer join results on experiments.experiment = results.experiment
where
    experiments.experiment is null
    or results.experiment is null
    or experiments.visitors <> results.visitors + experiments.excluded_visitors
    or experiments.excluded_visitors <> results.fewest_excluded_visitors
    or experiments.excluded_visitors <> results.most_excluded_visitors
    or experiments.converted <> results.converted
