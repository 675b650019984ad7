with record_customers as (
    select * from {{ ref('int_identity__record_customers') }}
),

memberships as (
    select
        customer_id,
        record_number as representative_number
    from record_customers
),

described_members as (
    {{ described_members('memberships', ['customer_id']) }}
),

comparisons as (
    {{ member_comparisons('described_members', ['customer_id']) }}
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
