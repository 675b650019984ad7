with handed_in as (
    select * from {{ ref('base_webshop__sessions') }}
)

select
    session_id,
    started_at,
    account_id,
    email,
    anonymous_id,
    duration_seconds,
    page_views,
    product_views,
    searches,
    device,
    traffic_channel,
    experiment,
    variant,
    is_converted
from handed_in
where reject_reason is null
