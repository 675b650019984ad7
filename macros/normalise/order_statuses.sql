{#
  An order status as it is compared: lower case, without diacritics, with `-` for spaces and `_`, and without the `wc-`
  that WooCommerce puts in front. Cases of both macros: tests/python/test_normalisation.py.
#}
{% macro normalised_status(status) -%}
    {{ replace_all('translate(' ~ without_diacritics(trimmed(status)) ~ ", ' _', '--')", '^wc-', '') }}
{%- endmacro %}

{# A status without the emails, phone and customer numbers that people write in this free text. #}
{% macro status_without_personal_data(status) -%}
    case
        when {{ status }} like '%@%' then '(contains an email address)'
        else {{ replace_all(status, '[0-9]{5,}', '#') }}
    end
{%- endmacro %}
