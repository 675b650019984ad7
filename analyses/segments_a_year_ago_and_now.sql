with history as (
    select * from {{ ref('customer_segment_history') }}
),

snapshots as (
    select * from {{ ref('snapshots') }}
),

segments as (
    select * from {{ ref('segments') }}
),

-- month-ends only: the window of a month that is cut off has another length
latest_month_end as (
    select
        {{ month_end(months_later('max(snapshot_date)', -12)) }} as year_ago_date,
        max(snapshot_date) as now_date
    from snapshots
    where is_month_end
),

compared_dates as (
    select
        latest_month_end.year_ago_date,
        latest_month_end.now_date,
        year_ago.is_window_full as is_window_full_year_ago,
        year_ago.customers_in_window as customers_in_window_year_ago,
        latest.is_window_full as is_window_full_now,
        latest.customers_in_window as customers_in_window_now
    from latest_month_end
    inner join snapshots as year_ago on latest_month_end.year_ago_date = year_ago.snapshot_date
    inner join snapshots as latest on latest_month_end.now_date = latest.snapshot_date
),

-- customers out of the window are counted separately: their number, and with it segment lost, only grows
sizes as (
    select
        case when history.is_in_window then history.segment_code else '(out of window)' end as segment_code,
        count(*) filter (where history.snapshot_date = compared_dates.year_ago_date) as customers_year_ago,
        count(*) filter (where history.snapshot_date = compared_dates.now_date) as customers_now
    from history
    inner join compared_dates
        on
            history.snapshot_date = compared_dates.year_ago_date
            or history.snapshot_date = compared_dates.now_date
    group by case when history.is_in_window then history.segment_code else '(out of window)' end
),

labels as (
    select
        segment_code,
        name_en as segment_name,
        tier,
        true as is_in_window
    from segments
    where tier > 0
    union all
    select
        '(out of window)' as segment_code,
        'Nothing bought in the window' as segment_name,
        0 as tier,
        false as is_in_window
),

counts as (
    select
        labels.segment_code,
        labels.segment_name,
        labels.tier,
        labels.is_in_window,
        coalesce(sizes.customers_year_ago, 0) as customers_year_ago,
        coalesce(sizes.customers_now, 0) as customers_now
    from labels
    left join sizes on labels.segment_code = sizes.segment_code
),

shares as (
    select
        counts.*,
        compared_dates.year_ago_date,
        compared_dates.now_date,
        compared_dates.is_window_full_year_ago and compared_dates.is_window_full_now as is_comparable,
        case
            when counts.is_in_window
                then
                    cast(counts.customers_year_ago as double)
                    / nullif(compared_dates.customers_in_window_year_ago, 0)
        end as share_year_ago,
        case
            when counts.is_in_window
                then cast(counts.customers_now as double) / nullif(compared_dates.customers_in_window_now, 0)
        end as share_now
    from counts
    cross join compared_dates
)

select
    year_ago_date,
    now_date,
    segment_code,
    segment_name,
    customers_year_ago,
    customers_now,
    share_year_ago,
    share_now,
    share_now - share_year_ago as share_difference,
    is_comparable
from shares
order by
    tier desc,
    segment_code asc
