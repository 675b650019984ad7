"""The service desk: tickets, and survey answers afterwards; people who waited long are less satisfied."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from klant360.demo import clock, service_problem, tables
from klant360.demo.crm import known_numbers
from klant360.demo.life import Life, source_records
from klant360.demo.numbers import Numbers
from klant360.demo.options import Options
from klant360.demo.people import People
from klant360.demo.records import contact, record

HOUR, DAY = 3_600, 86_400
CALL_CENTRE_PHONE = "+31690001234"
NEVER = np.datetime64("NaT", "s")
CATEGORIES = np.array(["levering", "retour", "betaling", "product", "account", "klacht"], dtype=object)
CATEGORY_SHARES = [0.31, 0.24, 0.13, 0.17, 0.09, 0.06]
PRIORITIES = np.array(["laag", "normaal", "hoog", "urgent"], dtype=object)
PRIORITY_SHARES = [0.2, 0.58, 0.17, 0.05]
HOURS_TO_ANSWER = np.array([20.0, 8.0, 3.0, 0.8])
TICKET_CHANNELS = np.array(["phone", "email", "chat", "social"], dtype=object)
CONTENT = np.array(
    ["Snel geholpen, dank!", "Prima zo.", "Heel vriendelijk te woord gestaan.", "Top"], dtype=object
)
CROSS = np.array(
    ["Duurde veel te lang.", "Nog steeds geen oplossing", "Drie keer moeten bellen, jammer."], dtype=object
)
SCALES = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7)}


@dataclass
class Tickets:
    """Tickets (t,), by time: person (index), when (UTC; NaT: not yet), and the hours to solve.

    `is_problem` are those about deliveries of the months in which these went wrong.
    """

    person: np.ndarray
    at: np.ndarray
    is_problem: np.ndarray
    channel: np.ndarray
    priority: np.ndarray
    responded_at: np.ndarray
    resolved_at: np.ndarray
    reopened: np.ndarray
    hours: np.ndarray


def draw_tickets(people: People, life: Life, options: Options, rng: np.random.Generator) -> Tickets:
    """Draw the tickets: at least one for everybody the desk knows, mostly soon after a purchase.

    Whoever had a problem with a delivery has a ticket about that.
    """
    (planted,) = rng.spawn(1)
    bought = np.bincount(life.person, minlength=len(people))
    known = np.flatnonzero(people.in_service_desk)
    person = np.repeat(known, 1 + rng.poisson(0.12 * bought[known]))
    t = len(person)
    by_person = np.argsort(life.person, kind="stable")
    starts = np.cumsum(bought) - bought
    about = starts[person] + (rng.random(t) * bought[person]).astype(np.int64)
    after_order = np.full(t, NEVER)
    has_order = bought[person] > 0
    order = np.full(t, -1)
    order[has_order] = by_person[about[has_order]]
    problem = np.full(len(people), -1)
    problem[life.person[life.had_problem]] = np.flatnonzero(life.had_problem)
    is_problem = (problem[person] >= 0) & (np.diff(person, prepend=-1) > 0)
    order = np.where(is_problem, problem[person], order)
    delay = clock.seconds(rng.exponential(4 * DAY, t) + HOUR)
    after_order[has_order] = life.at[order[has_order]] + delay[has_order]
    at = np.where(has_order, after_order, clock.moments(t, options.seasonality, rng))
    at = np.minimum(at, clock.END_UTC - clock.seconds(rng.uniform(HOUR, 3 * DAY, t)))
    by_time = np.argsort(at, kind="stable")
    person, at, is_problem = person[by_time], at[by_time], is_problem[by_time]

    priority = rng.choice(4, t, p=PRIORITY_SHARES)
    channel = rng.choice(4, t, p=[0.34, 0.41, 0.2, 0.05])
    slower = np.where(is_problem, service_problem.SLOWER, 1.0)
    usual = HOURS_TO_ANSWER[priority] * rng.lognormal(0, 0.9, t) * np.where(channel == 1, 1.0, 0.1)
    to_answer = usual * slower
    reopened = rng.poisson(0.09, t) + planted.poisson(np.where(is_problem, service_problem.REOPENED, 0.0))
    to_solve = to_answer + rng.lognormal(2.6, 1.2, t) * (1 + reopened) * slower
    responded_at, resolved_at = at + clock.seconds(to_answer * HOUR), at + clock.seconds(to_solve * HOUR)
    return Tickets(
        person=person,
        at=at,
        is_problem=is_problem,
        channel=TICKET_CHANNELS[channel],
        priority=PRIORITIES[priority],
        responded_at=np.where(responded_at < clock.END_UTC, responded_at, NEVER),
        resolved_at=np.where(resolved_at < clock.END_UTC, resolved_at, NEVER),
        reopened=reopened,
        hours=to_solve,
    )


def ticket_table(
    tickets: Tickets, ids: pa.Array, contact_ids: pa.Array, rng: np.random.Generator
) -> pa.Table:
    """Make service_desk.tickets; contact_ids (n,) are the people's."""
    t = len(tickets.at)
    is_open, is_new = np.isnat(tickets.resolved_at), np.isnat(tickets.responded_at)
    closed = np.where(rng.random(t) < 0.85, "closed", "resolved")
    category = rng.choice(CATEGORIES, t, p=CATEGORY_SHARES)
    touched = np.where(is_open, np.where(is_new, tickets.at, tickets.responded_at), tickets.resolved_at)
    return tables.build(
        "service_desk.tickets",
        {
            "ticket_id": ids,
            "contact_id": contact_ids.take(pa.array(tickets.person)),
            "created_at": tickets.at,
            "channel": tickets.channel,
            "category": np.where(tickets.is_problem, service_problem.CATEGORY, category),
            "priority": tickets.priority,
            "status": np.where(is_new, "new", np.where(is_open, "open", closed)).astype(object),
            "first_responded_at": tickets.responded_at,
            "resolved_at": tickets.resolved_at,
            "reopened_count": tickets.reopened,
            "updated_at": touched,
        },
    )


def _scores(tickets: Tickets, about: np.ndarray, kind: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw scores (k,) about tickets (k,): 0.8 standard deviations lower per tenfold wait.

    They are lower again if it was reopened, or if a delivery went wrong.
    """
    mood = rng.normal(0, 1, len(kind)) - 0.8 * np.log10(np.maximum(tickets.hours[about], 0.1) / 12)
    mood -= 0.6 * tickets.reopened[about] + service_problem.LESS_SATISFIED * tickets.is_problem[about]
    scores = np.zeros(len(kind), dtype=np.int64)
    for name, (low, high) in SCALES.items():
        span = high - low
        at = kind == name
        scores[at] = np.clip(np.rint(low + span * (0.74 + 0.2 * mood[at])), low, high)
    return scores


def make_surveys(
    tickets: Tickets,
    ticket_ids: pa.Array,
    contact_ids: pa.Array,
    numbers: Numbers,
    rng: np.random.Generator,
) -> tuple[pa.Table, pa.Table]:
    """Make service_desk.survey_invitations and survey_responses.

    Of solved tickets 55% are followed by a csat or ces invitation within a day, a fifth by an nps one after a
    month; after a problem with a delivery it is always an nps one, and more of them.
    """
    solved = np.flatnonzero(~np.isnat(tickets.resolved_at))
    had_problem = tickets.is_problem[solved]
    asked = solved[rng.random(len(solved)) < np.where(had_problem, 0.0, 0.55)]
    later = solved[rng.random(len(solved)) < np.where(had_problem, service_problem.SHARE_ASKED, 0.2)]
    about = np.concatenate([asked, later])
    kind = np.where(rng.random(len(about)) < 0.6, "csat", "ces").astype(object)
    kind[len(asked) :] = "nps"
    wait = np.where(kind == "nps", rng.uniform(25, 35, len(about)) * DAY, rng.uniform(HOUR, DAY, len(about)))
    sent_at = tickets.resolved_at[about] + clock.seconds(wait)
    in_time = np.flatnonzero(sent_at < clock.END_UTC)
    in_time = in_time[np.argsort(sent_at[in_time], kind="stable")]
    about, kind, sent_at = about[in_time], kind[in_time], sent_at[in_time]

    responded_at = sent_at + clock.seconds(rng.exponential(DAY, len(about)) + 60)
    willing = np.where(tickets.is_problem[about], service_problem.SHARE_ANSWERED, 0.34)
    answered = (rng.random(len(about)) < willing) & (responded_at < clock.END_UTC)
    response_ids = numbers.ids_where("R", answered)
    contact_id = contact_ids.take(pa.array(tickets.person[about]))
    invitations = tables.build(
        "service_desk.survey_invitations",
        {
            "invitation_id": numbers.ids("I", len(about)),
            "contact_id": contact_id,
            "survey_type": kind,
            "sent_at": sent_at,
            "response_id": response_ids,
        },
    )
    rows = np.flatnonzero(answered)
    here = about[rows]
    scores = _scores(tickets, here, kind[rows], rng)
    low, high = (np.array([SCALES[name][end] for name in kind[rows]], dtype=float) for end in (0, 1))
    is_content = scores >= (low + high) / 2
    comment = np.where(is_content, rng.choice(CONTENT, len(rows)), rng.choice(CROSS, len(rows)))
    responses = tables.build(
        "service_desk.survey_responses",
        {
            "response_id": response_ids.take(pa.array(rows)),
            "contact_id": contact_id.take(pa.array(rows)),
            "survey_type": kind[rows],
            "score": scores,
            "responded_at": responded_at[rows],
            "ticket_id": tables.where(kind[rows] != "nps", ticket_ids.take(pa.array(here))),
            "comment": tables.where(rng.random(len(rows)) < 0.25, comment),
        },
    )
    return invitations, responses


def make_service_desk(
    people: People,
    life: Life,
    customer_numbers: pa.Array,
    numbers: Numbers,
    options: Options,
    rng: np.random.Generator,
) -> dict[str, pa.Table]:
    """Make the desk's tables; customer_numbers (n,) are the CRM's. A contact is made at its first ticket."""
    tickets = draw_tickets(people, life, options, rng)
    who, first_ticket = np.unique(tickets.person, return_index=True)
    by_time = np.argsort(first_ticket, kind="stable")
    who, created_at = who[by_time], tickets.at[first_ticket[by_time]]
    k = len(who)
    ids = numbers.ids("SD", k)
    written, details = (
        record(people, who, options, rng),
        contact(people, who, options, rng, has_country=False),
    )
    if people.index[0] == 0:
        details.phone[rng.permutation(k)[: options.call_centre]] = CALL_CENTRE_PHONE
    contacts = {
        "contact_id": ids,
        "first_name": written.first_name,
        "last_name": written.last_name,
        "email": details.email,
        "phone": details.phone,
        "customer_number": known_numbers(customer_numbers, who, options.known_numbers, rng),
        "created_at": created_at,
        "updated_at": clock.until_end(created_at + clock.seconds(rng.exponential(90 * DAY, k))),
    }
    row_of = np.full(len(people), -1)
    row_of[who] = np.arange(k)
    contact_ids = ids.take(pa.array(row_of, mask=row_of < 0))
    ticket_ids = numbers.ids("T", len(tickets.at))
    invitations, responses = make_surveys(tickets, ticket_ids, contact_ids, numbers, rng)
    return {
        "service_desk.contacts": tables.build("service_desk.contacts", contacts),
        "service_desk.tickets": ticket_table(tickets, ticket_ids, contact_ids, rng),
        "service_desk.survey_invitations": invitations,
        "service_desk.survey_responses": responses,
        "truth.source_records": source_records("service_desk/contact", ids, who, people),
    }
