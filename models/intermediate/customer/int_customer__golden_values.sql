with source_values as (
    select
        first_record_number,
        field,
        record_number,
        source_entity,
        source_rank,
        stated_at,
        compared_value,
        compared_detail
    from {{ ref('int_customer__source_values') }}
    where is_usable
),

record_customers as (
    select * from {{ ref('int_identity__record_customers') }}
),

counted as (
    select
        *,
        count(*) over (
            partition by first_record_number, field, compared_value, compared_detail
        ) as records_alike
    from source_values
),

ranked as (
    select
        first_record_number,
        field,
        record_number,
        source_entity,
        row_number() over (
            partition by first_record_number, field
            order by source_rank, stated_at desc nulls last, records_alike desc, record_number
        ) as preference
    from counted
),

contradictions as (
    select
        first_record_number,
        field,
        coalesce(min(compared_value) <> max(compared_value), false)
        or coalesce(min(compared_detail) <> max(compared_detail), false) as is_conflicting
    from source_values
    group by
        first_record_number,
        field
)

select
    record_customers.customer_id,
    ranked.first_record_number,
    ranked.field,
    ranked.record_number,
    ranked.source_entity,
    contradictions.is_conflicting
from ranked
inner join contradictions
    on
        ranked.first_record_number = contradictions.first_record_number
        and ranked.field = contradictions.field
inner join record_customers on ranked.record_number = record_customers.record_number
where ranked.preference = 1
