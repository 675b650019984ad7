{#
  Every reference of the contract, in its order: the table and the column that hold it, the table that it leads to, and what
  becomes of one that leads nowhere: its row is rejected, the cell is ignored, or the row that it names is implied.
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
