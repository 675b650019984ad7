{#
  Stops a build on Spark whose session would give wrong results. A server ignores a setting that it does not know how to
  take from the client, without an error.
#}
{% macro check_session() -%}
    {%- set found = run_query('select current_timezone(), md5(' ~ id_salt() ~ ')')[0] -%}
    {%- set salt = env_var('KLANT360_ID_SALT', '') -%}
    {%- set problems = [] -%}
    {%- if found[0] not in ('UTC', 'Etc/UTC') -%}
        {%- do problems.append(
            'The time zone of the Spark session is ' ~ found[0] ~ ', so times would be off: set'
            ~ ' spark.sql.session.timeZone to UTC, in profiles.yml or on the cluster.'
        ) -%}
    {%- endif -%}
    {%- if found[1] == local_md5('*********(redacted)') -%}
        {%- do problems.append(
            'Spark hides KLANT360_ID_SALT even from its own SQL: set one without words such as secret, password, token'
            ~ ' or url.'
        ) -%}
    {%- elif found[1] != local_md5(salt) -%}
        {%- do problems.append(
            'KLANT360_ID_SALT did not reach the Spark session, so every customer would get another id: pass it as'
            ~ ' spark.klant360.id_salt, in profiles.yml or on the cluster.'
        ) -%}
    {%- elif not salt -%}
        {%- do exceptions.warn(
            "KLANT360_ID_SALT is not set: whoever knows a record's key can work out its customer_id."
            ~ ' Set it to a secret and keep that: another secret gives other ids.'
        ) -%}
    {%- endif -%}
    {%- if problems -%}
        {%- do exceptions.raise_compiler_error('The build cannot start:\n- ' ~ problems | join('\n- ')) -%}
    {%- endif -%}
{%- endmacro %}
