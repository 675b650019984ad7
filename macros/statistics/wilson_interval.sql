{# The 97.5th percentile of the standard normal distribution: two-sided 95%. #}
{% macro z_95() -%}
    1.959963984540054e0
{%- endmacro %}

{#
  The limits of a rate at 95%: Wilson's score interval (1927), as in klant360.analytics.intervals. Doubles between 0 and
  1; exactly 0 and 1 at the ends; null without trials.
#}
{% macro wilson_low(successes, trials) -%}
    case
        when {{ trials }} > 0 and {{ successes }} = 0 then 0e0
        -- greatest passes over a null, and would make it 0
        when {{ trials }} > 0 and {{ successes }} > 0
            then greatest({{ wilson_limit(successes, trials, '-') }}, 0e0)
    end
{%- endmacro %}

{% macro wilson_high(successes, trials) -%}
    case
        when {{ trials }} > 0 and {{ successes }} = {{ trials }} then 1e0
        when {{ trials }} > 0 and {{ successes }} < {{ trials }}
            then least({{ wilson_limit(successes, trials, '+') }}, 1e0)
    end
{%- endmacro %}

{# (s + z^2 / 2 -+ z sqrt(s (n - s) / n + z^2 / 4)) / (n + z^2), of s successes in n trials. #}
{% macro wilson_limit(successes, trials, sign) -%}
    {%- set spread = ratio(successes ~ ' * (' ~ trials ~ ' - ' ~ successes ~ ')', trials) -%}
    {{ ratio(
        successes ~ ' + ' ~ z_95() ~ ' * ' ~ z_95() ~ ' / 2e0 ' ~ sign ~ ' ' ~ z_95()
        ~ ' * sqrt(' ~ spread ~ ' + ' ~ z_95() ~ ' * ' ~ z_95() ~ ' / 4e0)',
        trials ~ ' + ' ~ z_95() ~ ' * ' ~ z_95()
    ) }}
{%- endmacro %}
