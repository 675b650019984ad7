{#
  Why net revenue differs from that of an earlier month: the columns `<prefix>customers_effect`, `frequency_effect`,
  `value_effect` and `other_effect`, which add up to the difference. `now` and `then` are aliases of months. The effects
  on the revenue of purchases = customers x orders per customer x average order value are those of LMDI-I (Ang, B.W., 2005,
  "The LMDI approach to decomposition analysis: a practical guide", Energy Policy 33): the logarithmic mean of both
  revenues, times the logarithm of the ratio of the factor. They need a purchase of positive value in both months.
#}
{% macro revenue_effects(now, then, prefix='') -%}
    {%- set factors = [
        ('customers_effect', ratio(now ~ '.active_customers', then ~ '.active_customers')),
        ('frequency_effect', ratio(
            now ~ '.purchases * ' ~ then ~ '.active_customers', then ~ '.purchases * ' ~ now ~ '.active_customers'
        )),
    ] -%}
    {%- set is_comparable = now ~ '.purchases > 0 and ' ~ then ~ '.purchases > 0' -%}
    {%- for name, factor in factors %}
    case
        when {{ is_comparable }}
            then cast(
                {{ logarithmic_mean(now ~ '.purchase_revenue', then ~ '.purchase_revenue') }} * ln({{ factor }})
                as decimal(18, 4)
            )
    end as {{ prefix }}{{ name }},
    {%- endfor %}
    case
        when {{ is_comparable }}
            then cast(
                ({{ now }}.net_revenue - {{ now }}.purchase_revenue) - ({{ then }}.net_revenue - {{ then }}.purchase_revenue)
                as decimal(18, 4)
            )
    end as {{ prefix }}other_effect
{%- endmacro %}

{# The logarithmic mean of two positive amounts: between their geometric and their arithmetic mean. #}
{% macro logarithmic_mean(one, other) -%}
    coalesce(
        cast({{ one }} - {{ other }} as double)
        / nullif(ln(cast({{ one }} as double)) - ln(cast({{ other }} as double)), 0),
        cast({{ one }} as double)
    )
{%- endmacro %}
