"""Exports of known systems, in the shape in which these write them: headers as found, rows made up."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from deliveries import load, put

Row = Mapping[str, str]
SHOP = "shop: {connector: shopify, files: '*.csv'}\n"


def _columns(text: str) -> list[str]:
    return [name.strip() for name in text.replace("\n", " ").split(",")]


SHOPIFY_ORDERS = _columns(
    """Name, Email, Financial Status, Paid at, Fulfillment Status, Fulfilled at, Accepts Marketing, Currency,
    Subtotal, Shipping, Taxes, Total, Discount Code, Discount Amount, Shipping Method, Created at,
    Lineitem quantity, Lineitem name, Lineitem price, Lineitem compare at price, Lineitem sku,
    Lineitem requires shipping, Lineitem taxable, Lineitem fulfillment status, Billing Name, Billing Street,
    Billing Address1, Billing Address2, Billing Company, Billing City, Billing Zip, Billing Province,
    Billing Country, Billing Phone, Shipping Name, Shipping Street, Shipping Address1, Shipping Address2,
    Shipping Company, Shipping City, Shipping Zip, Shipping Province, Shipping Country, Shipping Phone, Notes,
    Note Attributes, Cancelled at, Payment Method, Payment Reference, Refunded Amount, Vendor,
    Outstanding Balance, Employee, Location, Device ID, Id, Tags, Risk Level, Source, Lineitem discount,
    Tax 1 Name, Tax 1 Value, Tax 2 Name, Tax 2 Value, Tax 3 Name, Tax 3 Value, Tax 4 Name, Tax 4 Value,
    Tax 5 Name, Tax 5 Value, Phone, Receipt Number, Duties, Billing Province Name, Shipping Province Name,
    Payment ID, Payment Terms Name, Next Payment Due At, Payment References"""
)
# An export of years ago has fewer columns, and one of another name.
OLD_SHOPIFY_ORDERS = [
    "Fulfillment Date" if name == "Fulfilled at" else name
    for name in SHOPIFY_ORDERS[: SHOPIFY_ORDERS.index("Vendor") + 1]
]
SHOPIFY_CUSTOMERS = _columns(
    """Customer ID, First Name, Last Name, Email, Accepts Email Marketing, Default Address Company,
    Default Address Address1, Default Address Address2, Default Address City, Default Address Province Code,
    Default Address Country Code, Default Address Zip, Default Address Phone, Phone, Accepts SMS Marketing,
    Total Spent, Total Orders, Note, Tax Exempt, Tags"""
)
OLD_SHOPIFY_CUSTOMERS = _columns(
    """First Name, Last Name, Email, Accepts Email Marketing, Company, Address1, Address2, City, Province,
    Province Code, Country, Country Code, Zip, Phone, Accepts SMS Marketing, Total Spent, Total Orders, Tags,
    Note, Tax Exempt"""
)
SHOPIFY_PRODUCTS = _columns(
    """Handle, Title, Body (HTML), Vendor, Product Category, Type, Tags, Published, Option1 Name,
    Option1 Value, Option2 Name, Option2 Value, Option3 Name, Option3 Value, Variant SKU, Variant Grams,
    Variant Inventory Tracker, Variant Price, Variant Compare At Price, Variant Requires Shipping,
    Variant Taxable, Variant Barcode, Image Src, Cost per item, Status"""
)
WOOCOMMERCE_ORDERS = _columns(
    """Order Number, Order Status, Order Date, Customer Note, First Name (Billing), Last Name (Billing),
    Company (Billing), Address 1&2 (Billing), City (Billing), State Code (Billing), Postcode (Billing),
    Country Code (Billing), Email (Billing), Phone (Billing), First Name (Shipping), Last Name (Shipping),
    Address 1&2 (Shipping), City (Shipping), State Code (Shipping), Postcode (Shipping),
    Country Code (Shipping), Item #, SKU, Name, Product Variation, Quantity, Quantity (- Refund), Item Cost,
    Order Line (w/o tax), Order Line Tax, Order Line Total, Order Line Total Refunded,
    Order Line Total (- Refund), Image URL, Coupon Code, Discount Amount, Discount Amount Tax,
    Payment Method Title, Coupons Used, Cart Discount Amount, Order Subtotal Amount, Order Tax Amount,
    Order Shipping Amount, Order Refund Amount, Order Total Amount, Order Total Tax Amount, Total items,
    Total products"""
)
HUBSPOT_CONTACTS = _columns(
    """Record ID, First Name, Last Name, Email, Phone Number, Contact owner, Lead Status, Create Date,
    Associated Company, Associated Company IDs, Lifecycle Stage, Country/Region, Last Activity Date,
    Job Title, Company Name"""
)
MAILCHIMP = _columns(
    """Email Address, First Name, Last Name, Phone Number, Address, MEMBER_RATING, OPTIN_TIME, OPTIN_IP,
    CONFIRM_TIME, CONFIRM_IP, LATITUDE, LONGITUDE, GMTOFF, DSTOFF, TIMEZONE, CC, REGION"""
)
SUBSCRIBED = [*MAILCHIMP, "LAST_CHANGED", "LEID", "EUID", "NOTES", "TAGS"]
UNSUBSCRIBED = [
    *MAILCHIMP,
    *_columns(
        """UNSUB_TIME, UNSUB_CAMPAIGN_TITLE, UNSUB_CAMPAIGN_ID, UNSUB_REASON, UNSUB_REASON_OTHER,
        LAST_CHANGED, LEID, EUID, NOTES, TAGS"""
    ),
]
CLEANED = [
    *MAILCHIMP,
    *_columns("CLEAN_TIME, CLEAN_CAMPAIGN_TITLE, CLEAN_CAMPAIGN_ID, LAST_CHANGED, LEID, EUID, NOTES, TAGS"),
]
ZENDESK_TICKETS = _columns(
    """Summation column, Id, Requester, Requester id, Requester external id, Requester email,
    Requester domain, Submitter, Assignee, Group, Subject, Tags, Status, Priority, Via, Ticket type,
    Created at, Updated at, Assigned at, Organization, Due date, Initially assigned at, Solved at,
    Resolution time, Satisfaction Score, Group stations, Assignee stations, Reopens, Replies,
    First reply time in minutes"""
)


def csv_bytes(header: Sequence[str], rows: Sequence[Row], delimiter: str = ",", mark: bytes = b"") -> bytes:
    """Return rows under a header; a cell that a row lacks is empty."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(header)
    writer.writerows([[row.get(name, "") for name in header] for row in rows])
    return mark + text.getvalue().encode()


def export(sources: Path, name: str, header: Sequence[str], rows: Sequence[Row], **options: str) -> Path:
    """Write an export; rows may have cells that its header lacks."""
    return put(sources, name, csv_bytes(header, rows, **options))


def instances(sources: Path, text: str) -> None:
    """Write sources.yml."""
    put(sources, "sources.yml", text.encode())


def shopify_order(number: int, *lines: Row, **cells: str) -> list[Row]:
    """Return the rows of an order, whose own cells are on the first row only."""
    order = {
        "Name": f"#{number}",
        "Id": f"5{number:012}",
        "Email": f"klant{number}@shop.example",
        "Financial Status": "paid",
        "Currency": "EUR",
        "Total": "100.00",
        "Created at": "2025-03-04 09:50:26 +0100",
        "Source": "web",
        **{name.replace("_", " "): value for name, value in cells.items()},
    }
    first, *others = lines or ({"Lineitem quantity": "1", "Lineitem name": "Mok", "Lineitem sku": "MOK"},)
    return [{**order, **first}, *({"Name": order["Name"], **line} for line in others)]


def line(sku: str, quantity: str = "1", price: str = "10.00", name: str = "") -> Row:
    """Return the line item of a row of Shopify."""
    return {
        "Lineitem sku": sku,
        "Lineitem name": name or sku.title(),
        "Lineitem quantity": quantity,
        "Lineitem price": price,
    }


def shop(connection, folder, *files, settings=SHOP):
    """Load files of Shopify orders, each a list of rows."""
    for number, file in enumerate(files, start=1):
        export(folder, f"orders_export_{number}.csv", SHOPIFY_ORDERS, file)
    instances(folder, settings)
    return load(connection, folder)
