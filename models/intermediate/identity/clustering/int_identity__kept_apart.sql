with decisions as (
    select * from {{ ref('int_identity__decisions') }}
    where decision = 'keep_apart'
),

customers as (
    select * from {{ ref('int_identity__nameless_customers') }}
),

pairs_together as (
    select
        customers.component as customer_number,
        decisions.representative_number,
        decisions.other_representative_number
    from decisions
    inner join customers on decisions.representative_number = customers.node
    inner join customers as other_customers on decisions.other_representative_number = other_customers.node
    where customers.component = other_customers.component
)

select
    customer_number,
    representative_number
from pairs_together
union
select
    customer_number,
    other_representative_number as representative_number
from pairs_together
