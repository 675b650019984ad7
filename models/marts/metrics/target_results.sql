with targets as (
    select * from {{ ref('targets') }}
),

metrics as (
    select * from {{ ref('metrics') }}
),

monthly_metrics as (
    select * from {{ ref('monthly_metrics') }}
),

as_of as (
    select * from {{ ref('int_calendar__as_of_date') }}
),

compared as (
    select
        targets.metric,
        targets.month,
        targets.target,
        monthly_metrics.value as actual,
        coalesce(monthly_metrics.is_complete, false) as is_complete,
        metrics.better,
        metrics.grows_within_month,
        targets.month <= as_of.as_of_date and monthly_metrics.metric is null as is_before_the_data,
        {{ ratio(
            days_between('targets.month', 'as_of.as_of_date') ~ ' + 1',
            days_between('targets.month', month_end('targets.month')) ~ ' + 1'
        ) }} as observed_share
    from targets
    inner join metrics on targets.metric = metrics.metric
    cross join as_of
    left join monthly_metrics
        on
            targets.metric = monthly_metrics.metric
            and targets.month = monthly_metrics.month
),

expected as (
    select
        *,
        case
            when is_complete or not grows_within_month then target
            when observed_share > 0 then target * least(observed_share, 1)
        end as expected_by_now
    from compared
)

select
    metric,
    month,
    target,
    actual,
    expected_by_now,
    case
        when is_before_the_data or (is_complete and actual is null) then null
        when actual is null or (not is_complete and observed_share < 0.5) then 'too_early'
        when better = 'higher' and actual >= expected_by_now then 'on_track'
        when better = 'lower' and actual <= expected_by_now then 'on_track'
        else 'off_track'
    end as target_status,
    is_complete
from expected
