{# The keyed hash that identifies a request: without the secret nobody can see who it is about. #}
{% macro request_hash(requested_by, value) -%}
    sha256({{ id_salt() }} || '|' || {{ requested_by }} || '|' || {{ value }})
{%- endmacro %}

{# The value that a request uses: the customer number if it has one. #}
{% macro asked_by(row) -%}
    case when {{ row }}.customer_number is null then 'email' else 'customer_number' end
{%- endmacro %}

{# The hash of a request as delivered; an invalid email is hashed as it is. #}
{% macro asked_hash(row) -%}
    {%- set email = row ~ '.email' -%}
    {{ request_hash(
        asked_by(row),
        'coalesce(' ~ row ~ '.customer_number, ' ~ normalised_email(email) ~ ', lower(' ~ email ~ '))'
    ) }}
{%- endmacro %}
