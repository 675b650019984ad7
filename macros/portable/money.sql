{# An amount times a rate, rounded half away from zero to four decimals. #}
{% macro converted_money(amount, rate) -%}
    {{ adapter.dispatch('converted_money', 'klant360')(amount, rate) }}
{%- endmacro %}

{# Both widened first: decimal(18,4) times decimal(18,8) overflows above 999,999. #}
{% macro default__converted_money(amount, rate) -%}
    try_cast(round(cast({{ amount }} as decimal(38, 4)) * cast({{ rate }} as decimal(38, 8)), 4) as decimal(18, 4))
{%- endmacro %}

{% macro spark__converted_money(amount, rate) -%}
    try_cast(round(cast({{ amount }} as decimal(18, 4)) * cast({{ rate }} as decimal(18, 8)), 4) as decimal(18, 4))
{%- endmacro %}

{# An amount divided by a whole number, rounded half away from zero to four decimals; null when that is 0. #}
{% macro divided_money(amount, count) -%}
    {{ adapter.dispatch('divided_money', 'klant360')(amount, count) }}
{%- endmacro %}

{# Through whole ten-thousandths: a division of decimals gives a double. #}
{% macro default__divided_money(amount, count) -%}
    {%- set units = 'cast(cast(abs(' ~ amount ~ ') as decimal(38, 4)) * 10000 as hugeint)' -%}
    cast(
        sign({{ amount }}) * ((2 * {{ units }} + {{ count }}) // nullif(2 * {{ count }}, 0))
        * cast(0.0001 as decimal(5, 4)) as decimal(18, 4)
    )
{%- endmacro %}

{# sign() is a double on Spark. #}
{% macro spark__divided_money(amount, count) -%}
    cast(
        case when {{ amount }} < 0 then -1 else 1 end
        * ((2 * cast(abs({{ amount }}) * 10000 as bigint) + {{ count }}) div nullif(2 * {{ count }}, 0))
        * cast(0.0001 as decimal(5, 4)) as decimal(18, 4)
    )
{%- endmacro %}

{# An amount as whole ten-thousandths, which Python reads without a float in between. #}
{% macro money_units(amount) -%}
    cast(cast({{ amount }} as decimal(38, 4)) * 10000 as bigint)
{%- endmacro %}
