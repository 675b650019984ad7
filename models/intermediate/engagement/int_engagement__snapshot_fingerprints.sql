with customer_months as (
    select * from {{ ref('int_engagement__customer_months') }}
),

snapshot_dates as (
    select * from {{ ref('int_calendar__snapshot_dates') }}
),

band_cells as (
    select * from {{ ref('int_engagement__band_cells') }}
),

months as (
    select
        act_month,
        sum(acts) as acts,
        sum(engagement) as engagement,
        bit_xor(acts_hash) as acts_hash
    from customer_months
    group by act_month
),

acts_up_to_date as (
    select
        snapshot_dates.snapshot_date,
        snapshot_dates.engagement_window_start_date,
        sum(months.acts) as acts,
        sum(months.engagement) as engagement,
        bit_xor(months.acts_hash) as acts_hash
    from snapshot_dates
    inner join months on snapshot_dates.snapshot_date >= months.act_month
    group by
        snapshot_dates.snapshot_date,
        snapshot_dates.engagement_window_start_date
),

cells as (
    select bit_xor({{ row_hash(['r_score', 'f_score', 'e_score', 'band_code']) }}) as cells_hash
    from band_cells
)

select
    acts_up_to_date.snapshot_date,
    cast(acts_up_to_date.engagement_window_start_date as string)
    || ' ' || cast(acts_up_to_date.acts as string)
    || ' ' || cast(acts_up_to_date.engagement as string)
    || ' ' || cast(acts_up_to_date.acts_hash as string)
    || ' ' || cast(cells.cells_hash as string) as fingerprint
from acts_up_to_date
cross join cells
