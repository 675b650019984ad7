{#
  Instants are timestamps in UTC without a zone. A local time in the gap of a clock change moves forward;
  one that the clock shows twice is the earlier of the two.
#}
{% macro utc_from_local(local_timestamp, zone) -%}
    {%- if zone in ('UTC', 'Etc/UTC') -%}{{ local_timestamp }}
    {%- else -%}{{ adapter.dispatch('utc_from_local', 'klant360')(local_timestamp, zone) }}
    {%- endif -%}
{%- endmacro %}

{#
  In a repeated hour timezone() takes the later instant: the earlier one follows from the offset of the day before.
  Here and below, epoch_us is several times as fast as a cast or timezone() between UTC and an instant.
#}
{% macro default__utc_from_local(local_timestamp, zone) -%}
    {%- set earlier = "timezone('" ~ zone ~ "', " ~ local_timestamp ~ " - interval 24 hour) + interval 24 hour" -%}
    make_timestamp(epoch_us(case
        when timezone('{{ zone }}', {{ earlier }}) = {{ local_timestamp }} then {{ earlier }}
        else timezone('{{ zone }}', {{ local_timestamp }})
    end))
{%- endmacro %}

{% macro spark__utc_from_local(local_timestamp, zone) -%}
    to_utc_timestamp({{ local_timestamp }}, '{{ zone }}')
{%- endmacro %}

{# The first instant of a local date in the business time zone. #}
{% macro local_midnight(local_date) -%}
    {{ utc_from_local('cast(' ~ local_date ~ ' as timestamp)', var('business_timezone')) }}
{%- endmacro %}

{# The local date of an instant in the business time zone. #}
{% macro local_date(instant) -%}
    {%- if var('business_timezone') in ('UTC', 'Etc/UTC') -%}cast({{ instant }} as date)
    {%- else -%}{{ adapter.dispatch('local_date', 'klant360')(instant) }}
    {%- endif -%}
{%- endmacro %}

{% macro default__local_date(instant) -%}
    cast(timezone('{{ var("business_timezone") }}', make_timestamptz(epoch_us({{ instant }}))) as date)
{%- endmacro %}

{% macro spark__local_date(instant) -%}
    cast(from_utc_timestamp({{ instant }}, '{{ var("business_timezone") }}') as date)
{%- endmacro %}

{# A timestamp text that ends with its offset, as an instant in UTC; null if there is no such moment. #}
{% macro instant_with_offset(text) -%}
    {{ adapter.dispatch('instant_with_offset', 'klant360')(text) }}
{%- endmacro %}

{# A cast to timestamp would drop the offset. #}
{% macro default__instant_with_offset(text) -%}
    cast(try_cast({{ text }} as timestamptz) as timestamp)
{%- endmacro %}

{% macro spark__instant_with_offset(text) -%}
    try_cast({{ text }} as timestamp)
{%- endmacro %}

{# The microseconds from 1970 to an instant: a whole number that sorts as it does. #}
{% macro microseconds(instant) -%}
    {{ adapter.dispatch('microseconds', 'klant360')(instant) }}
{%- endmacro %}

{% macro default__microseconds(instant) -%}
    epoch_us({{ instant }})
{%- endmacro %}

{% macro spark__microseconds(instant) -%}
    unix_micros({{ instant }})
{%- endmacro %}
