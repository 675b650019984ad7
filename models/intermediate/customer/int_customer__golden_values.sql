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

fields as (
    select
        first_record_number,
        field,
        count(*) as records,
        min(record_number) as record_number,
        min(source_entity) as source_entity,
        coalesce(min(compared_value) <> max(compared_value), false)
        or coalesce(min(compared_detail) <> max(compared_detail), false) as is_conflicting
    from source_values
    group by
        first_record_number,
        field
),

-- most fields are filled by one record: only where several do, their values are counted and ranked
competing_values as (
    select source_values.*
    from source_values
    inner join fields
        on
            source_values.first_record_number = fields.first_record_number
            and source_values.field = fields.field
    where fields.records > 1
),

counted as (
    select
        *,
        count(*) over (
            partition by first_record_number, field, compared_value, compared_detail
        ) as records_alike
    from competing_values
),

ranked as (
    select
        first_record_number,
        field,
        record_number,
        source_entity,
        row_number() over (
            partition by first_record_number, field
            order by source_rank nulls last, stated_at desc nulls last, records_alike desc, record_number
        ) as preference
    from counted
),

golden_values as (
    select
        fields.first_record_number,
        fields.field,
        coalesce(ranked.record_number, fields.record_number) as record_number,
        coalesce(ranked.source_entity, fields.source_entity) as source_entity,
        fields.is_conflicting
    from fields
    left join ranked
        on
            fields.first_record_number = ranked.first_record_number
            and fields.field = ranked.field
            and ranked.preference = 1
)

select
    record_customers.customer_id,
    golden_values.first_record_number,
    golden_values.field,
    golden_values.record_number,
    golden_values.source_entity,
    golden_values.is_conflicting
from golden_values
inner join record_customers on golden_values.record_number = record_customers.record_number
