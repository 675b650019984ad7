{{ partial_name_ties(2, ref('int_identity__full_name_clusters')) }}
