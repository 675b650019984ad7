-- a rule that wins no cell has no effect: another rule comes first wherever it matches
{{ config(severity='warn') }}

select
    mapping.priority,
    mapping.band_code
from {{ ref('engagement_mapping') }} as mapping
left join {{ ref('int_engagement__band_cells') }} as cells on mapping.priority = cells.priority
where cells.priority is null
