{{ customers_with_poorer_records(
    groups=ref('int_identity__nameless_groups'),
    parts=ref('int_identity__nameless_parts'),
    customers_before=ref('int_identity__one_name_customers'),
) }}
