with record_customers as (
    select * from {{ ref('int_identity__record_customers') }}
),

carriers as (
    select * from {{ ref('int_identity__carriers') }}
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
        carriers.{{ column }},
        {%- endfor %}
        min(carriers.carrier_number) as carrier_number
    from carriers
    inner join record_customers on carriers.carrier_number = record_customers.record_number
    group by
        {%- for column in compared_columns() %}
        carriers.{{ column }},
        {%- endfor %}
        record_customers.customer_id
),

comparisons as (
    select
        poorer.customer_id,
        poorer.carrier_number,
        richer.carrier_number as other_carrier_number,
        {{ name_comparisons() }}
    from members as poorer
    inner join members as richer
        on
            poorer.customer_id = richer.customer_id
            and (
                poorer.name_level > richer.name_level
                or (poorer.name_level = richer.name_level and poorer.carrier_number > richer.carrier_number)
            )
    left join name_forms on {{ is_name_form() }}
),

contradictory_pairs as (
    select
        customer_id,
        carrier_number,
        other_carrier_number,
        {{ contradiction() }} as reason
    from comparisons
),

ranked_pairs as (
    select
        customer_id,
        reason,
        carrier_number,
        other_carrier_number,
        row_number() over (
            partition by customer_id, reason order by other_carrier_number, carrier_number
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
inner join record_customers on ranked_pairs.carrier_number = record_customers.record_number
inner join record_customers as other_records on ranked_pairs.other_carrier_number = other_records.record_number
where ranked_pairs.pair_rank = 1
