{# What models of repeat purchases are fitted to: a row per `keys`, of rows with an order_date and its spend_units. #}
{% macro purchase_histories(relation, keys) -%}
select
    {% for key in keys %}
    {{ key }},
    {% endfor %}
    min(order_date) as first_order_date,
    count(*) as purchase_days,
    {{ days_between('min(order_date)', 'max(order_date)') }} as recency_days,
    cast(sum(spend_units) - min_by(spend_units, order_date) as bigint) as repeat_spend_units
from {{ relation }}
group by {{ keys | join(', ') }}
{%- endmacro %}
