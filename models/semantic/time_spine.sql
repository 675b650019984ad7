with calendar as (
    select * from {{ ref('calendar') }}
)

select date_day
from calendar
where is_observed
