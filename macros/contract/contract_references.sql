{#
  Every reference in the contract, in its order: the referring table and column, the table referred to, and what happens
  when there is no such row: the referring row is rejected, its cell is ignored, or the missing row is implied.
#}
{% macro contract_references() -%}
    {%- set found = [] -%}
    {%- for source_table, contract in source_contract().items() -%}
        {%- for column, attributes in contract.columns.items() if attributes.references or attributes.may_refer_to -%}
            {%- set target_table = attributes.references or attributes.may_refer_to -%}
            {%- do found.append({
                'source_table': source_table,
                'column': column,
                'target_table': target_table,
                'is_implying': attributes.may_refer_to is defined,
                'is_rejecting': attributes.references is defined and attributes.required is defined,
                'is_ignorable': is_ignorable(attributes),
            }) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}
