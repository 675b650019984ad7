-- in a customer with several records, every record is tied to another one
select customer_id
from {{ ref('customer_identities') }}
group by customer_id
having
    count(*) > 1
    and count(matched_by) < count(*)
