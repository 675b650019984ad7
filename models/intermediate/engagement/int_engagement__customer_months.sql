with acts as (
    select * from {{ ref('int_engagement__acts') }}
)

select
    customer_id,
    {{ month_start('act_date') }} as act_month,
    count(*) as acts,
    cast(sum(engagement) as decimal(18, 4)) as engagement,
    cast(sum(duration_seconds) as bigint) as duration_seconds,
    max(act_date) as last_act_date,
    bit_xor(
        {{ row_hash(['act', 'act_key', 'customer_id', 'act_date', 'engagement', 'duration_seconds']) }}
    ) as acts_hash
from acts
group by
    customer_id,
    {{ month_start('act_date') }}
-- keeps the rows of a customer together, as int_orders__customer_months does
order by {{ row_hash(['customer_id']) }}
