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
            then greatest({{ wilson_centre(successes, trials) }} - {{ wilson_half(successes, trials) }}, 0e0)
    end
{%- endmacro %}

{% macro wilson_high(successes, trials) -%}
    case
        when {{ trials }} > 0 and {{ successes }} = {{ trials }} then 1e0
        when {{ trials }} > 0 and {{ successes }} < {{ trials }}
            then least({{ wilson_centre(successes, trials) }} + {{ wilson_half(successes, trials) }}, 1e0)
    end
{%- endmacro %}

{% macro wilson_centre(successes, trials) -%}
    ({{ ratio(successes, trials) }} + {{ z_95() }} * {{ z_95() }} / (2 * {{ real(trials) }}))
    / (1 + {{ z_95() }} * {{ z_95() }} / {{ real(trials) }})
{%- endmacro %}

{% macro wilson_half(successes, trials) -%}
    {{ z_95() }} * sqrt(
        {{ ratio(successes, trials) }} * (1 - {{ ratio(successes, trials) }}) / {{ real(trials) }}
        + {{ z_95() }} * {{ z_95() }} / (4 * {{ real(trials) }} * {{ real(trials) }})
    ) / (1 + {{ z_95() }} * {{ z_95() }} / {{ real(trials) }})
{%- endmacro %}

{# A count as a double; null when it is 0. #}
{% macro real(count) -%}
    nullif(cast({{ count }} as double), 0)
{%- endmacro %}
