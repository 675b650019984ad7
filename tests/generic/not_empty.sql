{% test not_empty(model) %}
select count(*) as n
from {{ model }}
having count(*) = 0
{% endtest %}
