with record_customers as (
    select * from {{ ref('int_identity__record_customers') }}
),

representatives as (
    select * from {{ ref('int_identity__representatives') }}
    where
        name_level < 4
        or birth_date is not null
),

name_forms as (
    select * from {{ ref('int_identity__name_forms') }}
),

-- equal names and dates of a customer once
members as (
    select
        record_customers.customer_id,
        {%- for column in compared_columns() %}
        representatives.{{ column }},
        {%- endfor %}
        min(representatives.representative_number) as representative_number
    from representatives
    inner join record_customers on representatives.representative_number = record_customers.record_number
    group by
        {%- for column in compared_columns() %}
        representatives.{{ column }},
        {%- endfor %}
        record_customers.customer_id
),

comparisons as (
    select
        poorer.customer_id,
        poorer.representative_number,
        richer.representative_number as other_representative_number,
        {{ name_comparisons() }}
    from members as poorer
    inner join members as richer
        on
            poorer.customer_id = richer.customer_id
            and (
                poorer.name_level > richer.name_level
                or (poorer.name_level = richer.name_level and poorer.representative_number > richer.representative_number)
            )
    left join name_forms on {{ is_name_form() }}
),

contradictory_pairs as (
    select
        customer_id,
        representative_number,
        other_representative_number,
        {{ contradiction() }} as reason
    from comparisons
),

ranked_pairs as (
    select
        customer_id,
        reason,
        representative_number,
        other_representative_number,
        row_number() over (
            partition by customer_id, reason order by other_representative_number, representative_number
        ) as pair_rank,
        count(*) over (partition by customer_id, reason) as pairs
    from contradictory_pairs
    where reason is not null
)

select
    ranked_pairs.customer_id,
    ranked_pairs.reason,
    ranked_pairs.pairs,
    record_customers.record_key,
    other_records.record_key as other_record_key
from ranked_pairs
inner join record_customers on ranked_pairs.representative_number = record_customers.record_number
inner join record_customers as other_records on ranked_pairs.other_representative_number = other_records.record_number
where ranked_pairs.pair_rank = 1
