{{ poorer_record_ties(4, ref('int_identity__one_name_customers')) }}
