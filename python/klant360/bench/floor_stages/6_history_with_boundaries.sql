-- loop: history
create table marts.rfm_score_boundaries as
select snapshot_date, 'recency_days' as metric, r_score as score, min(recency_days) as value_from,
    max(recency_days) as value_to, count(*) as customers
from history where is_in_window group by all
union all
select snapshot_date, 'frequency', f_score, min(frequency), max(frequency), count(*)
from history where is_in_window group by all
union all
select snapshot_date, 'monetary', m_score, min(monetary), max(monetary), count(*)
from history where is_in_window group by all;
