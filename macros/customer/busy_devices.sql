{# The CTE busy_devices: each anonymous_id with more sessions than one device has, and how many. It reads `sessions`. #}
{% macro busy_devices() -%}
    busy_devices as (
        select
            anonymous_id,
            count(*) as sessions
        from sessions
        where anonymous_id is not null
        group by anonymous_id
        having count(*) > {{ var('max_sessions_per_device') }}
    )
{%- endmacro %}
