with vetoed_links as (
    select * from {{ ref('vetoed_links') }}
),

ranked_links as (
    select
        *,
        count(*) over (partition by reason, identifier_type) as pairs,
        row_number() over (
            partition by reason, identifier_type order by record_key, other_record_key, identifier_value
        ) as example_number
    from vetoed_links
)

select
    reason,
    identifier_type,
    pairs,
    record_key,
    other_record_key,
    identifier_value
from ranked_links
where example_number <= 3
order by
    pairs desc,
    reason asc,
    identifier_type asc,
    example_number asc
