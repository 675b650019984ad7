with listed as (
    select
        'rejected_rows' as listing,
        count(*) as listed
    from {{ ref('rejected_rows') }}
    union all
    select
        'ignored_values' as listing,
        count(*) as listed
    from {{ ref('ignored_values') }}
),

summarised as (
    select
        'rejected_rows' as listing,
        coalesce(sum(rows), 0) as summarised
    from {{ ref('rejection_summary') }}
    union all
    select
        'ignored_values' as listing,
        coalesce(sum(cells), 0) as summarised
    from {{ ref('ignored_summary') }}
)

select
    listed.listing,
    listed.listed,
    summarised.summarised
from listed
inner join summarised on listed.listing = summarised.listing
where listed.listed <> summarised.summarised
