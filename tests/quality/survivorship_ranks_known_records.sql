select
    attribute,
    source_entity
from {{ ref('survivorship') }}
where source_entity not in ('{{ record_tables() | join("', '") }}')
