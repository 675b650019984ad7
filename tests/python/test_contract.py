from klant360.contract import did_you_mean, read_contract


def test_tables_keep_the_order_of_systems_and_columns():
    contract = read_contract()
    assert [table.system for table in contract.values()] == ["crm"] * 4 + ["webshop"] * 5 + [
        "service_desk"
    ] * 4
    assert [column.name for column in contract["crm.campaign_spend"].columns] == [
        "spend_month",
        "channel",
        "amount",
        "campaign_id",
    ]


def test_required_columns_and_tables():
    contract = read_contract()
    assert contract["webshop.orders"].required_columns == ("order_id", "ordered_at", "total_amount")
    assert contract["crm.erasure_requests"].any_of == ("email", "customer_number")
    assert [table.name for table in contract.values() if table.is_required_table] == ["webshop.orders"]


def test_columns_carry_their_attributes():
    refund = {column.name: column for column in read_contract()["webshop.orders"].columns}["refunded_amount"]
    assert refund.type == "amount"
    assert not refund.is_required
    assert refund.attributes["at_most"] == "total_amount"


def test_did_you_mean_only_names_what_is_alike():
    assert "webshop/orders" in did_you_mean("Webshop/Order", ["webshop/orders", "crm/customers"])
    assert did_you_mean("invoices", ["webshop/orders"]) == ""
