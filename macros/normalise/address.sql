{#
  An address as it is compared, `NL|1234AB|12A`: country (or var default_country), postcode, house number with addition.
  Null without a postcode or without a number. `12-a`, `12 A` and `012a` are `12A`; `12-1` differs from `121`.
  Cases: tests/python/test_normalisation.py.
#}
{% macro normalised_address(country_code, postal_code, house_number) -%}
    {{ normalised_postal_code(country_code, postal_code) }} || '|' || nullif({{ normalised_house_number(house_number) }}, '')
{%- endmacro %}

{# Empty without a digit from 1 to 9. Most house numbers are plain digits: checking that first saves two passes. #}
{% macro normalised_house_number(house_number) -%}
    {%- set number = replace_all(house_number, '^[^1-9]+|[^0-9](?s:.)*', '') -%}
    {%- set addition = replace_all(
        'upper(' ~ house_number ~ ')',
        '^(?:NR|NO|NUMMER|HUISNUMMER)?[^A-Z1-9À-῿]*[1-9][0-9]*|[^A-Z0-9À-῿]+',
        ''
    ) -%}
    case
        when {{ full_match(house_number, '[1-9][0-9]*') }} then {{ house_number }}
        when {{ number }} = '' then ''
        when {{ addition }} >= '0' and {{ addition }} < ':' then {{ number }} || '-' || {{ addition }}
        else {{ number }} || {{ addition }}
    end
{%- endmacro %}

{# A postal code with its country (or var default_country), `NL|1234AB`; null without one. #}
{% macro normalised_postal_code(country_code, postal_code) -%}
    {%- set postcode = replace_all('upper(' ~ postal_code ~ ')', '^[A-Z]{1,2} *- *|[^A-Z0-9À-῿]+', '') -%}
    upper(coalesce({{ country_code }}, '{{ var("default_country") }}')) || '|' || nullif({{ postcode }}, '')
{%- endmacro %}

{# A street with its country and house number, whatever its postal code, `NL|kerkstraat|12A`; null without either. #}
{% macro normalised_street(country_code, street, house_number) -%}
    upper(coalesce({{ country_code }}, '{{ var("default_country") }}'))
        || '|' || {{ name_words(street) }} || '|' || nullif({{ normalised_house_number(house_number) }}, '')
{%- endmacro %}
