-- a customer of more than one record holds no record that nothing ties to it
select customer_id
from {{ ref('customer_identities') }}
group by customer_id
having
    count(*) > 1
    and count(matched_by) < count(*)
