-- One row per variant. The title and the category stand on the first row of a product; rows of extra images have no
-- variant.
with titles as (
    select
        "Handle",
        _part,
        min_by("Title", _row) filter (where "Title" is not null) as title,
        min_by("Product Category", _row) filter (where "Product Category" is not null) as category,
        min_by("Type", _row) filter (where "Type" is not null) as type
    from products
    group by "Handle", _part
),

variants as (
    select
        *,
        nullif(
            concat_ws(' / ', nullif("Option1 Value", 'Default Title'), "Option2 Value", "Option3 Value"), ''
        ) as options
    from products
    where coalesce("Option1 Value", "Variant SKU", "Variant Price") is not null
)

select
    -- an order line without article number has this name
    coalesce(variants."Variant SKU", concat_ws(' - ', titles.title, variants.options)) as product_id,
    concat_ws(' - ', titles.title, variants.options) as product_name,
    coalesce(titles.category, titles.type) as category,
    variants."Cost per item" as unit_cost,
    variants._file,
    variants._part
from variants
left join titles on variants."Handle" = titles."Handle" and variants._part = titles._part
