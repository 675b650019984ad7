{{ snapshot_fingerprints(
    ref('int_engagement__customer_months'), 'act_month', ['acts', 'engagement'], 'acts_hash',
    'engagement_window_start_date', ref('int_engagement__band_cells'), ['r_score', 'f_score', 'e_score', 'band_code']
) }}
