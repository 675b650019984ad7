{{ config(materialized='connected_components') }}

with candidate_links as (
    select * from {{ ref('int_identity__candidate_links') }}
),

customers as (
    select * from {{ ref('int_identity__nameless_customers') }}
),

kept_apart as (
    select * from {{ ref('int_identity__kept_apart') }}
),

reviewed_parts as (
    select * from {{ ref('int_identity__reviewed_parts') }}
),

split_customers as (
    select distinct customer_number from kept_apart
),

links_either_way as (
    select
        representative_number,
        other_representative_number,
        identifier_type
    from candidate_links
    union all
    select
        other_representative_number as representative_number,
        representative_number as other_representative_number,
        identifier_type
    from candidate_links
),

links_to_kept_apart as (
    select
        links_either_way.representative_number,
        coalesce(reviewed_parts.component, links_either_way.representative_number) as part,
        kept_apart.representative_number as kept_apart_number,
        own_kept_apart.representative_number is not null as is_kept_apart,
        links_either_way.identifier_type = 'decision' as is_decided
    from links_either_way
    inner join kept_apart on links_either_way.other_representative_number = kept_apart.representative_number
    left join kept_apart as own_kept_apart on links_either_way.representative_number = own_kept_apart.representative_number
    left join reviewed_parts on links_either_way.representative_number = reviewed_parts.node
),

-- a part goes to the one kept-apart record that its links name; what a reviewer merges counts before all else
named_parts as (
    select
        part,
        coalesce(min(kept_apart_number) filter (where is_decided), min(kept_apart_number)) as kept_apart_number
    from links_to_kept_apart
    where not is_kept_apart
    group by part
    having coalesce(
        nullif(count(distinct kept_apart_number) filter (where is_decided), 0), count(distinct kept_apart_number)
    ) = 1
)

select
    customers.node,
    coalesce(reviewed_parts.component, customers.node) as neighbour
from customers
inner join split_customers on customers.component = split_customers.customer_number
left join reviewed_parts on customers.node = reviewed_parts.node
union all
select
    part as node,
    kept_apart_number as neighbour
from named_parts
union all
-- records that are kept apart from others are one person only when a reviewer says so
select
    representative_number as node,
    kept_apart_number as neighbour
from links_to_kept_apart
where
    is_kept_apart
    and is_decided
