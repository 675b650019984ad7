with record_customers as (
    select * from {{ ref('int_identity__record_customers') }}
)

select
    cluster_number,
    min(customer_id) as customer_id,
    count(*) as source_records,
    bool_or(source_system = 'crm') as is_in_crm,
    bool_or(source_system = 'webshop') as is_in_webshop,
    bool_or(source_system = 'service_desk') as is_in_service_desk
from record_customers
group by cluster_number
