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
    select customers.node as carrier_number
    from customers
    inner join kept_apart on customers.component = kept_apart.customer_number
    except
    select carrier_number from kept_apart
)

-- what remains connected of a customer without the records that are kept apart
select
    candidate_links.carrier_number as node,
    candidate_links.other_carrier_number as neighbour
from candidate_links
inner join members on candidate_links.carrier_number = members.carrier_number
inner join members as other_members on candidate_links.other_carrier_number = other_members.carrier_number
