with shared_values as (
    select * from {{ ref('int_identity__shared_values') }}
)

select
    identifier_type,
    identifier_value,
    records,
    case
        when skip_reason is not null then skip_reason
        when joins_no_guests then 'several_emails'
        else 'suspected_till'
    end as reason
from shared_values
where
    skip_reason is not null
    or joins_no_guests
    or is_suspected_till
