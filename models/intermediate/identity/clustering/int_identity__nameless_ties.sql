{{ partial_name_ties(4, ref('int_identity__one_name_clusters')) }}
