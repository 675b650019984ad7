{#
  Counts of answers by kind, of rows of one survey_type; null where the type has none. Promoters 9 and 10, passives 7 and
  8, detractors 0 to 6; satisfied 4 and 5.
#}
{% macro satisfaction_counts() -%}
    count(*) as answers,
    {% for name, range in {'promoters': '9 and 10', 'passives': '7 and 8', 'detractors': '0 and 6'}.items() -%}
    case when survey_type = 'nps' then count(*) filter (where score between {{ range }}) end as {{ name }},
    {% endfor -%}
    case when survey_type = 'csat' then count(*) filter (where score between 4 and 5) end as satisfied,
    case when survey_type = 'ces' then avg(cast(score as double)) end as effort_mean
{%- endmacro %}

{#
  The columns from answers to effort_mean, of a CTE with those counts. The limits of NPS add three answers, of which 3/4 a
  promoter, 3/4 a detractor and 3/2 a passive, and are cut at -100 and 100; those of CSAT are Wilson's.
#}
{% macro satisfaction_columns(counts) -%}
    {{ counts }}.answers,
    {{ counts }}.promoters,
    {{ counts }}.passives,
    {{ counts }}.detractors,
    100 * {{ ratio(counts ~ '.promoters - ' ~ counts ~ '.detractors', counts ~ '.answers') }} as nps,
    {{ nps_limit(counts, '-', 'greatest', -100) }} as nps_low,
    {{ nps_limit(counts, '+', 'least', 100) }} as nps_high,
    {{ counts }}.satisfied,
    {{ ratio(counts ~ '.satisfied', counts ~ '.answers') }} as csat,
    {{ wilson_low(counts ~ '.satisfied', counts ~ '.answers') }} as csat_low,
    {{ wilson_high(counts ~ '.satisfied', counts ~ '.answers') }} as csat_high,
    {{ counts }}.effort_mean
{%- endmacro %}

{% macro nps_limit(counts, sign, within, end) -%}
    {%- set answers = counts ~ '.answers + 3e0' -%}
    {%- set promoters = ratio(counts ~ '.promoters + 0.75e0', answers) -%}
    {%- set detractors = ratio(counts ~ '.detractors + 0.75e0', answers) -%}
    {%- set difference = '(' ~ promoters ~ ' - ' ~ detractors ~ ')' -%}
    case
        -- greatest and least would pass over a null
        when {{ counts }}.answers > 0 and {{ counts }}.promoters is not null
            then {{ within }}(
                100 * {{ difference }} {{ sign }} 100 * {{ z_95() }} * sqrt({{ ratio(
                    promoters ~ ' + ' ~ detractors ~ ' - ' ~ difference ~ ' * ' ~ difference, answers
                ) }}),
                {{ end }}e0
            )
    end
{%- endmacro %}
