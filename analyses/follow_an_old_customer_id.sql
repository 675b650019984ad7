-- replace this by the ids of your own list: last year's campaign, a loyalty file
with old_list as (
    select customer_id from {{ ref('customer_merges') }}
    union
    select customer_id from {{ ref('customer_segment_history') }}
),

customer_merges as (
    select * from {{ ref('customer_merges') }}
),

customers as (
    select * from {{ ref('customer_360') }}
),

followed as (
    select
        old_list.customer_id as listed_customer_id,
        coalesce(customer_merges.surviving_customer_id, old_list.customer_id) as customer_id,
        customer_merges.merged_by,
        customer_merges.merged_at
    from old_list
    left join customer_merges on old_list.customer_id = customer_merges.customer_id
)

select
    followed.listed_customer_id,
    followed.customer_id,
    followed.merged_by,
    followed.merged_at,
    customers.segment_code
from followed
-- records of an id without a customer are no longer delivered
left join customers on followed.customer_id = customers.customer_id
order by followed.listed_customer_id
