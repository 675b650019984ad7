with pairs as (
    select * from {{ ref('int_identity__pairs') }}
),

partial_name_ties as (
    {%- for level in ['initials', 'one_name', 'nameless'] %}
    select
        value_number,
        representative_number,
        veto_reason
    from {{ ref('int_identity__' ~ level ~ '_ties') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

shared_values as (
    select * from {{ ref('int_identity__shared_values') }}
),

decisions as (
    select * from {{ ref('int_identity__decisions') }}
    where decision = 'keep_apart'
),

record_customers as (
    select * from {{ ref('int_identity__record_customers') }}
),

vetoed_ties as (
    select
        value_number,
        representative_number,
        max(veto_reason) as veto_reason
    from partial_name_ties
    where veto_reason is not null
    group by
        value_number,
        representative_number
),

-- pairs that were compared and are not one customer in the end
pairs_apart as (
    select
        pairs.value_number,
        pairs.representative_number,
        pairs.other_representative_number,
        pairs.name_level,
        pairs.veto_reason
    from pairs
    inner join record_customers on pairs.representative_number = record_customers.record_number
    inner join record_customers as other_records on pairs.other_representative_number = other_records.record_number
    where record_customers.cluster_number <> other_records.cluster_number
),

vetoes as (
    select
        pairs_apart.representative_number,
        pairs_apart.other_representative_number,
        shared_values.identifier_type,
        shared_values.identifier_value,
        case
            when pairs_apart.veto_reason is not null then pairs_apart.veto_reason
            when pairs_apart.name_level = 1 then 'chain_of_birth_dates'
            -- the others fit, but would have joined people who cannot be one
            else coalesce(vetoed_ties.veto_reason, other_vetoed_ties.veto_reason, 'fits_by_another_value')
        end as reason
    from pairs_apart
    inner join shared_values on pairs_apart.value_number = shared_values.value_number
    left join vetoed_ties
        on
            pairs_apart.value_number = vetoed_ties.value_number
            and pairs_apart.representative_number = vetoed_ties.representative_number
    left join vetoed_ties as other_vetoed_ties
        on
            pairs_apart.value_number = other_vetoed_ties.value_number
            and pairs_apart.other_representative_number = other_vetoed_ties.representative_number
    union all
    select
        representative_number,
        other_representative_number,
        'decision' as identifier_type,
        reviewed_pair as identifier_value,
        'kept_apart' as reason
    from decisions
)

select
    record_customers.record_key,
    other_records.record_key as other_record_key,
    record_customers.customer_id,
    other_records.customer_id as other_customer_id,
    vetoes.identifier_type,
    vetoes.identifier_value,
    vetoes.reason
from vetoes
inner join record_customers on vetoes.representative_number = record_customers.record_number
inner join record_customers as other_records on vetoes.other_representative_number = other_records.record_number
where record_customers.cluster_number <> other_records.cluster_number
