{{ snapshot_fingerprints(
    ref('int_orders__customer_months'), 'order_month', ['purchases', 'net_amount'], 'orders_hash', 'window_start_date',
    ref('int_rfm__segment_cells'), ['r_score', 'f_score', 'm_score', 'is_one_order_only', 'segment_code']
) }}
