with record_customers as (
    select * from {{ ref('int_identity__record_customers') }}
),

-- customers of more than one record
memberships as (
    select
        cluster_number,
        record_number as representative_number
    from record_customers
    where
        cluster_number in (
            select joined_records.cluster_number
            from record_customers as joined_records
            where joined_records.record_number <> joined_records.cluster_number
        )
),

described_members as (
    {{ described_members('memberships', ['cluster_number']) }}
),

comparisons as (
    {{ member_comparisons('described_members', ['cluster_number']) }}
),

contradictory_pairs as (
    select
        cluster_number,
        representative_number,
        other_representative_number,
        {{ contradiction() }} as reason
    from comparisons
),

ranked_pairs as (
    select
        reason,
        representative_number,
        other_representative_number,
        row_number() over (
            partition by cluster_number, reason order by other_representative_number, representative_number
        ) as pair_rank,
        count(*) over (partition by cluster_number, reason) as pairs
    from contradictory_pairs
    where reason is not null
)

select
    record_customers.customer_id,
    ranked_pairs.reason,
    ranked_pairs.pairs,
    record_customers.record_key,
    other_records.record_key as other_record_key
from ranked_pairs
inner join record_customers on ranked_pairs.representative_number = record_customers.record_number
inner join record_customers as other_records on ranked_pairs.other_representative_number = other_records.record_number
where ranked_pairs.pair_rank = 1
