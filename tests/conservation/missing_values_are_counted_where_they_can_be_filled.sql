{#- kinds of record without this column may fill the rest -#}
{%- set kinds = ['customer', 'account', 'contact', 'guest_order'] -%}
{%- set other_kinds = record_tables() | list | reject('in', kinds) | list -%}
select
    source_entity,
    field,
    missing
from {{ ref('profile_completeness') }}
where
    fillable_from_{{ kinds | join(' + fillable_from_') }} + missing_everywhere
    {{ '>' if other_kinds else '<>' }} missing
