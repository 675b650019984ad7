{# A Python model has no contract: this pins its columns, their order and their types to the yml beside it. #}
{% test columns_match_yml(model) %}
    {%- set promised = [] -%}
    {%- set found = [] -%}
    {%- if execute -%}
        {%- set node = graph.nodes.values() | selectattr('resource_type', 'equalto', 'model')
            | selectattr('name', 'equalto', model.identifier) | first -%}
        {%- for column in node.columns.values() -%}
            {%- do promised.append(column.name ~ ' ' ~ column.data_type) -%}
        {%- endfor -%}
        {%- for column in adapter.get_columns_in_relation(model) -%}
            {%- do found.append(column.name ~ ' ' ~ ('string' if column.is_string() else column.data_type | lower)) -%}
        {%- endfor -%}
    {%- endif -%}
    select
        '{{ found | join(", ") }}' as found,
        '{{ promised | join(", ") }}' as promised
    where '{{ found | join(", ") }}' <> '{{ promised | join(", ") }}'
{% endtest %}
