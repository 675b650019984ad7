{#
  The hash of a row as loaded, by which `klant360 erase` lists the rows to delete from tables on a server and the next
  build looks for them. Plain Jinja, and the same result on both engines; `salt` is SQL for the company's secret.
#}
{% macro listed_row_hash(columns, salt) -%}
    md5({{ salt }}
        {%- for column in columns %} || '|' || coalesce(cast(length({{ column }}) as string) || ':' || {{ column }}, '-')
        {%- endfor %})
{%- endmacro %}
