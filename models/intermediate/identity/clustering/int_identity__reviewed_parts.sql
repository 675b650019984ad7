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

members as (
    select customers.node as representative_number
    from customers
    inner join kept_apart on customers.component = kept_apart.customer_number
    except
    select representative_number from kept_apart
)

-- what remains connected of a customer without the records that are kept apart
select
    candidate_links.representative_number as node,
    candidate_links.other_representative_number as neighbour
from candidate_links
inner join members on candidate_links.representative_number = members.representative_number
inner join members as other_members on candidate_links.other_representative_number = other_members.representative_number
