-- One row per requester, as their last ticket has them. A requester without a name has their email in its place.
with requesters as (
    select
        coalesce(nullif(trim("Requester id"), ''), "Requester email") as contact_id,
        max_by("Requester", _row) filter (where "Requester" not like '%@%') as name,
        max_by("Requester email", _row) filter (where "Requester email" is not null) as email,
        max_by(_file, _row) as _file,
        max(_part) as _part
    from tickets
    where coalesce(nullif(trim("Requester id"), ''), "Requester email") is not null
    group by 1
)

select
    contact_id,
    split_part(trim(name), ' ', 1) as first_name,
    case when contains(trim(name), ' ') then substr(trim(name), strpos(trim(name), ' ')) end as last_name,
    email,
    _file,
    _part
from requesters
