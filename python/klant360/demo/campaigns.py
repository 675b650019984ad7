"""The CRM's campaigns: who was contacted, how they responded, and what it cost.

All but one make nobody buy in this fictional world: a measurement of uplift against the control group should
find none. People open less mail before they stop buying, and hardly any afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from klant360.demo import clock, tables
from klant360.demo.interest import interest
from klant360.demo.people import CHANNEL_SHARES, CHANNELS

MONTH_NAMES = [
    "januari", "februari", "maart", "april", "mei", "juni",
    "juli", "augustus", "september", "oktober", "november", "december",
]  # fmt: skip
SEASONS = {3: "Voorjaarspost", 6: "Zomerpost", 9: "Najaarspost", 11: "Wintercatalogus"}
PAID_CHANNELS = {
    "paid_search": 14.0,
    "paid_social": 400.0,
    "affiliate": 11.0,
    "referral": 5.0,
}  # euros per person; one channel costs more than its customers bring
EURO_PER_MAILING, EURO_PER_LETTER = 90, 250
CONTROL_SHARE = 0.1
# Groups of a tested campaign.
NOT_REACHED, TREATED, CONTROL = 0, 1, 2
HOUR, DAY = 3_600, 86_400


@dataclass(frozen=True)
class Campaigns:
    """The campaigns (c,), by time: a newsletter a month, and post four times a year."""

    ids: np.ndarray
    names: np.ndarray
    is_email: np.ndarray
    at: np.ndarray

    def sent_at(self, name: str) -> np.datetime64:
        """Return when the campaign of this id is sent (UTC)."""
        return self.at[self.ids == name][0]


def make_campaigns() -> Campaigns:
    """List the campaigns of the period."""
    rows = []
    for month in clock.MONTHS[:-1]:
        year, number = str(month).split("-")
        morning = month.astype("datetime64[D]").astype("datetime64[s]") + np.timedelta64(
            9 * DAY + 8 * HOUR, "s"
        )
        rows.append((f"N-{month}", f"Nieuwsbrief {MONTH_NAMES[int(number) - 1]} {year}", True, morning))
        if int(number) in SEASONS:
            later = morning + np.timedelta64(5 * DAY, "s")
            rows.append((f"P-{month}", f"{SEASONS[int(number)]} {year}", False, later))
    ids, names, is_email, at = zip(*rows, strict=True)
    return Campaigns(
        np.array(ids, dtype=object),
        np.array(names, dtype=object),
        np.array(is_email),
        np.array(at, "datetime64[s]"),
    )


def make_spend(campaigns: Campaigns, people: int, rng: np.random.Generator) -> pa.Table:
    """Make crm.campaign_spend: the paid channels by month (without campaign), and what each campaign cost."""
    months = clock.MONTHS[:-1].astype("datetime64[D]")
    season = clock.SEASON[clock.MONTHS[:-1].astype(int) % 12]
    share = dict(zip(CHANNELS, CHANNEL_SHARES, strict=True))
    month, channel, amount, campaign = [], [], [], []
    for name, euros in PAID_CHANNELS.items():
        budget = people * share[name] * euros / len(months) * season * rng.uniform(0.85, 1.15, len(months))
        month += list(months)
        channel += [name] * len(months)
        amount += list(budget)
        campaign += [None] * len(months)
    for place, at in enumerate(campaigns.at):
        is_email = campaigns.is_email[place]
        fixed, each = (EURO_PER_MAILING, 0.01) if is_email else (EURO_PER_LETTER, 0.2)
        month.append(at.astype("datetime64[M]").astype("datetime64[D]"))
        channel.append("email" if is_email else "post")
        amount.append((fixed + each * people) * rng.uniform(0.9, 1.1))
        campaign.append(campaigns.ids[place])
    columns = {
        "spend_month": np.array(month),
        "channel": np.array(channel, dtype=object),
        "amount": np.rint(np.array(amount) * 100).astype(np.int64),
        "campaign_id": np.array(campaign, dtype=object),
    }
    return tables.build("crm.campaign_spend", columns)


@dataclass
class Reached:
    """Contacts (k,): rows of customers and of campaigns, instants in UTC (NaT: it did not happen)."""

    customer: np.ndarray
    campaign: np.ndarray
    sent_at: np.ndarray
    opened_at: np.ndarray
    clicked_at: np.ndarray
    unsubscribed_at: np.ndarray
    is_control: np.ndarray


def draw_contacts(
    created_at: np.ndarray,
    left_at: np.ndarray,
    has_consent: np.ndarray,
    has_email: np.ndarray,
    groups: Mapping[str, np.ndarray],
    campaigns: Campaigns,
    rng: np.random.Generator,
) -> Reached:
    """Draw which customers (m,) were contacted, and how they responded.

    Mail goes to a third of those with consent and an email address, until they unsubscribe; post to an
    eighth of all. One in ten is in the control group and gets nothing. `left_at` (NaT: still there) is when a
    customer stopped buying. `groups` has the group (m,) of each customer by tested campaign: those reach
    nobody else.
    """
    shape = (len(created_at), len(campaigns.at))
    chosen = rng.random(shape, dtype=np.float32) < np.where(campaigns.is_email, 0.33, 0.125)
    is_control = rng.random(shape, dtype=np.float32) < CONTROL_SHARE
    for name, group in groups.items():
        tested = campaigns.ids == name
        chosen[:, tested] = (group != NOT_REACHED)[:, None]
        is_control[:, tested] = (group == CONTROL)[:, None]
    chosen &= created_at[:, None] < campaigns.at
    chosen &= ~campaigns.is_email | (has_consent & has_email)[:, None]
    customer, campaign = np.nonzero(chosen)
    k = len(customer)
    is_email = campaigns.is_email[campaign]
    is_control = is_control[customer, campaign]
    sent_at = campaigns.at[campaign] + clock.seconds(rng.uniform(0, 2 * HOUR, k))
    never = np.datetime64("NaT", "s")

    def after(moment: np.ndarray, chance: np.ndarray | float, hours: float) -> np.ndarray:
        happens = rng.random(k) < chance
        then = moment + clock.seconds(rng.exponential(hours * HOUR, k) + 20)
        return np.where(happens & (then < clock.END_UTC), then, never)

    can_open = is_email & ~is_control
    opened_at = after(sent_at, np.where(can_open, 0.42 * interest(sent_at, left_at[customer]), 0.0), 9)
    clicked_at = after(opened_at, 0.2, 0.1)
    unsubscribed_at = after(opened_at, 0.008, 0.1)

    gone = unsubscribed_by(customer, unsubscribed_at, len(created_at))
    kept = np.flatnonzero(~(is_email & (sent_at > gone[customer])))
    columns = (customer, campaign, sent_at, opened_at, clicked_at, unsubscribed_at, is_control)
    return Reached(*(column[kept] for column in columns))


def unsubscribed_by(customer: np.ndarray, unsubscribed_at: np.ndarray, customers: int) -> np.ndarray:
    """Return each customer's first unsubscription (customers,), NaT without one."""
    first = np.full(customers, np.iinfo(np.int64).max)
    is_set = ~np.isnat(unsubscribed_at)
    np.minimum.at(first, customer[is_set], unsubscribed_at[is_set].astype(np.int64))
    never = np.datetime64("NaT", "s")
    return np.where(first == np.iinfo(np.int64).max, never, first.astype("datetime64[s]"))


def contact_table(
    reached: Reached, campaigns: Campaigns, customer_numbers: pa.Array, ids: pa.Array
) -> pa.Table:
    """Make crm.campaign_contacts; customer_numbers (m,) are the customers', ids (k,) the contacts'."""
    return tables.build(
        "crm.campaign_contacts",
        {
            "contact_id": ids,
            "customer_number": customer_numbers.take(pa.array(reached.customer)),
            "campaign_id": campaigns.ids[reached.campaign],
            "campaign_name": campaigns.names[reached.campaign],
            "channel": np.where(campaigns.is_email, "email", "post").astype(object)[reached.campaign],
            "sent_at": reached.sent_at,
            "opened_at": reached.opened_at,
            "clicked_at": reached.clicked_at,
            "unsubscribed_at": reached.unsubscribed_at,
            "is_control": reached.is_control,
        },
    )
