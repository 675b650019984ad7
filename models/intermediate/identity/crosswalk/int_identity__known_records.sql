{#- What the last build knew: read from the table that this one replaces, also in a full refresh. -#}
{%- set known = load_relation(this) if execute and flags.WHICH in ('build', 'run', 'retry') -%}
{%- if known and flags.EMPTY -%}
select * from {{ this }} -- noqa: AM04
{%- else -%}
with record_customers as (
    select * from {{ ref('int_identity__record_customers') }}
),

links as (
    select * from {{ ref('int_identity__links') }}
),

rules as (
    select * from {{ ref('identity_rules') }}
),

source_records as (
    select * from {{ ref('int_identity__source_records') }}
),

known_records as (
    {%- if known %}
    select * from {{ this }}
    {%- else %}
    -- nothing was known before the first build
    select
        record_key,
        record_key as oldest_record_key,
        false as has_named_a_customer,
        cast(null as string) as merged_by,
        cast(null as timestamp) as merged_at
    from record_customers
    where false
    {%- endif %}
),

records_then_and_now as (
    select
        record_customers.record_number,
        record_customers.record_key,
        record_customers.cluster_number,
        known_records.oldest_record_key as known_oldest_record_key,
        coalesce(known_records.has_named_a_customer, false)
        or record_customers.record_number = record_customers.cluster_number as has_named_a_customer,
        known_records.merged_by,
        known_records.merged_at
    from record_customers
    left join known_records on record_customers.record_key = known_records.record_key
),

-- a record went into another customer when the last build took the customer's oldest record for somebody else's
records as (
    select
        records_then_and_now.*,
        oldest_records.record_key as oldest_record_key,
        coalesce(oldest_records.known_oldest_record_key, '')
        <> coalesce(records_then_and_now.known_oldest_record_key, '') as has_moved
    from records_then_and_now
    inner join records_then_and_now as oldest_records
        on records_then_and_now.cluster_number = oldest_records.record_number
),

links_either_way as (
    select
        record_number,
        linked_record_number,
        identifier_type
    from links
    union all
    select
        linked_record_number as record_number,
        record_number as linked_record_number,
        identifier_type
    from links
),

-- a link that leaves a former customer merged it into another one; it is as old as the later of its two records
merging_links as (
    select
        records.known_oldest_record_key,
        records.oldest_record_key,
        links_either_way.identifier_type as merged_by,
        greatest(
            coalesce(source_records.updated_at, source_records.created_at),
            coalesce(linked_source_records.updated_at, linked_source_records.created_at)
        ) as merged_at,
        coalesce(rules.priority, 0) as priority
    from records
    inner join links_either_way on records.record_number = links_either_way.record_number
    inner join records as linked_records on links_either_way.linked_record_number = linked_records.record_number
    inner join source_records on records.record_number = source_records.record_number
    inner join source_records as linked_source_records
        on linked_records.record_number = linked_source_records.record_number
    left join rules on links_either_way.identifier_type = rules.identifier_type
    where
        records.has_moved
        and records.known_oldest_record_key is not null
        and linked_records.known_oldest_record_key is distinct from records.known_oldest_record_key
),

ranked_links as (
    select
        known_oldest_record_key,
        oldest_record_key,
        merged_by,
        merged_at,
        row_number() over (
            partition by known_oldest_record_key, oldest_record_key
            order by merged_at asc nulls last, priority, merged_by
        ) as link_rank
    from merging_links
),

first_links as (
    select * from ranked_links
    where link_rank = 1
),

-- an id stays merged by the link that first merged it; until then it is followed without a merge
followed_ids as (
    select
        records.record_key,
        coalesce(records.merged_by <> 'renamed', false) as was_merged,
        records.merged_by as known_merged_by,
        records.merged_at as known_merged_at,
        first_links.merged_by,
        first_links.merged_at
    from records
    left join first_links
        on
            records.known_oldest_record_key = first_links.known_oldest_record_key
            and records.oldest_record_key = first_links.oldest_record_key
    where
        records.has_named_a_customer
        and records.record_number <> records.cluster_number
)

select
    records.record_key,
    records.oldest_record_key,
    records.has_named_a_customer,
    case
        when followed_ids.was_merged then followed_ids.known_merged_by
        when followed_ids.record_key is not null then coalesce(followed_ids.merged_by, 'renamed')
    end as merged_by,
    case
        when followed_ids.was_merged then followed_ids.known_merged_at
        else followed_ids.merged_at
    end as merged_at
from records
left join followed_ids on records.record_key = followed_ids.record_key
{%- endif %}
