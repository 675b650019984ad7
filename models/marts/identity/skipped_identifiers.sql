with shared_values as (
    select * from {{ ref('int_identity__shared_values') }}
),

sessions as (
    select * from {{ ref('stg_webshop__sessions') }}
),

{{ busy_devices() }}

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
union all
select
    'anonymous_id' as identifier_type,
    anonymous_id as identifier_value,
    sessions as records,
    'over_cap' as reason
from busy_devices
