{# Whether a pattern of the blocklist matches the value: it is unusable then. For a where clause; names are qualified. #}
{% macro is_blocklisted(identifier_type, identifier_value) -%}
    exists (
        select 1
        from {{ ref('identifier_blocklist') }} as blocklist
        where
            blocklist.identifier_type = {{ identifier_type }}
            and {{ identifier_value }} like blocklist.pattern
    )
{%- endmacro %}
