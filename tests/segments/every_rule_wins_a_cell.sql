-- a rule that wins no cell has no effect: another rule comes first wherever it matches
{{ config(severity='warn') }}

select
    mapping.priority,
    mapping.segment_code
from {{ ref('segment_mapping') }} as mapping
left join {{ ref('int_rfm__segment_cells') }} as cells on mapping.priority = cells.priority
where cells.priority is null
