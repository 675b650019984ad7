"""Phone numbers of all countries are read as the package phonenumbers reads them."""

import random
import re
from collections import Counter
from collections.abc import Iterator

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat, PhoneNumberType, ValidationResult
from phonenumbers.phonemetadata import PhoneMetadata

from macro_cases import COUNTRIES, HYPHEN, NBSP, connect_with_countries, evaluated, rendered
from normalisation_cases import NORMALISATION
from rendering import renderer


@pytest.fixture(scope="module")
def connection():
    with connect_with_countries() as connection:
        yield connection


def metadata(calling_code):
    """Return libphonenumber's metadata of the main country of a calling code."""
    region = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[calling_code][0]
    if region == "001":
        return PhoneMetadata.metadata_for_nongeo_region(calling_code, None)
    return PhoneMetadata.metadata_for_region(region, None)


def examples(country):
    """Return the package's examples of a fixed line and a mobile, as national digits."""
    kinds = PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE
    found = [phonenumbers.example_number_for_type(country, kind) for kind in kinds]
    return [phonenumbers.national_significant_number(number) for number in found if number]


def test_lengths_and_trunk_zeros_are_those_of_the_package(connection):
    calls = {name: f"{name}()" for name in ("possible_phone_number", "calling_code_and_trunk_zero")}
    patterns = renderer("duckdb").macros(calls)
    possible = re.compile(patterns["possible_phone_number"])
    trunk_zero = re.compile(patterns["calling_code_and_trunk_zero"])
    for code in range(1, 1000):
        if code not in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            continue
        plan = metadata(code)
        kinds = [kind for kind in (plan.fixed_line, plan.mobile) if kind] or [plan.general_desc]
        subscribers = {length for kind in kinds for length in kind.possible_length}
        expected = {
            length
            for length in plan.general_desc.possible_length
            if len(str(code)) + length <= 15 and (length >= 6 or length in subscribers)
        }
        found = {length for length in range(1, 20) if possible.fullmatch(f"+{code}" + "2" * length)}
        assert (code, found) == (code, expected)
        assert (code, bool(trunk_zero.match(f"+{code}02"))) == (code, plan.national_prefix == "0")


def test_countries_are_those_of_the_package(connection):
    rows = connection.execute(
        "select country_code, calling_code, trunk_prefix, usual_length from countries "
        "where calling_code is not null"
    ).fetchall()
    assert len(rows) > 230
    for country, *found in rows:
        plan = PhoneMetadata.metadata_for_region(country, None)
        expected = [str(plan.country_code), plan.national_prefix, min(map(len, examples(country)))]
        assert (country, found) == (country, expected)


def written(country: str, number: str, ordinary: bool) -> Iterator[tuple[str, str]]:
    """Yield the ways to write a national number: description and text; the last ones are rare."""
    code = str(phonenumbers.country_code_for_region(country))
    trunk = phonenumbers.ndd_prefix_for_region(country, True) or ""
    parsed = phonenumbers.parse(f"+{code}{number}")
    national = phonenumbers.format_number(parsed, PhoneNumberFormat.NATIONAL)
    international = phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL)
    zero = "0" if trunk == "0" else ""
    yield "E.164", f"+{code}{number}"
    yield "international", international
    yield "national", national
    yield "00", f"00{code}{number}"
    yield "00, spaces", "00" + international[1:]
    yield "(0)", f"+{code} {zero and '(0)'}{number[:2]} {number[2:]}"
    yield "zero after the calling code", f"+{code} {zero}{number[:2]}-{number[2:]}"
    yield "(+)", f"(+{code}) {number[:3]}/{number[3:]}"
    yield "digits", trunk + number
    yield "slash and dots", f"{trunk}{number[:2]}/{number[2:4]}.{number[4:6]}.{number[6:]}"
    yield "ext.", f"{national} ext. 12"
    yield "x", f"{international} x123"
    yield "#", f"{international} #4"
    yield "tel:", f"tel: {national}"
    yield "typeset", international.replace(" ", NBSP).replace("-", HYPHEN)
    if not ordinary:
        yield "no trunk prefix", number
        yield "no plus", code + number
        yield "a digit less", trunk + number[:-1]
        yield "a digit more", f"{trunk}{number}7"
        yield "two digits less", f"+{code}{number[:-2]}"
        yield "two digits more", f"+{code} {number}77"


def of_the_package(text, country):
    """Return the number as E.164 if the package finds it possible, and why it is doubtful."""
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None, None
    if not phonenumbers.is_possible_number(number):
        return None, None
    reason = phonenumbers.is_possible_number_with_reason(number)
    return phonenumbers.format_number(number, PhoneNumberFormat.E164), reason


def kind_of_difference(country, text, theirs, reason):
    """Return why the two differ, from the text and the package's answer."""
    code = str(phonenumbers.country_code_for_region(country))
    trunk = phonenumbers.ndd_prefix_for_region(country, True)
    dialled = PhoneMetadata.metadata_for_region(country, None).international_prefix
    if text.startswith("00") and not re.fullmatch(dialled, "00"):
        return "00 is read in every country"
    if reason == ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
        return "works within a town only, null here"
    if text.startswith(code):
        return "a calling code without a plus is recognised by the length"
    if trunk and theirs and theirs.startswith(f"+{code}{trunk}"):
        return "the package keeps the trunk prefix of a number that is too short or too long"
    return f"customs of {country}"


# A 15 for mobiles (AR), 80 or 0 in front (BY), carriers (CO), an old zero (GA), numbers in a town (MG, NF).
CUSTOMS = {"AR", "BY", "CO", "GA", "MG", "NF"}


def test_phones_agree_with_the_package(connection):
    phone = rendered({"phone": NORMALISATION["phone"]}, "duckdb")["phone"]
    draw = random.Random(11)
    cases = []
    for (country,) in connection.execute(
        "select country_code from countries where calling_code is not null order by 1"
    ).fetchall():
        for place in range(300 if country in ("NL", "BE", "DE") else 30):
            number = examples(country)[place % len(examples(country))]
            kept = max(1, len(number) - 6)
            number = number[:kept] + "".join(draw.choice("0123456789") for _ in number[kept:])
            cases += [(country, *way) for way in written(country, number, ordinary=place % 5 != 0)]
    theirs = [of_the_package(text, country) for country, _, text in cases]
    ours = evaluated(connection, phone, [(text, country) for country, _, text in cases], COUNTRIES)

    compared, equal, kinds, samples = Counter(), Counter(), Counter(), {}
    for (country, _, text), mine, (other, reason) in zip(cases, ours, theirs, strict=True):
        group = country if country in ("NL", "BE", "DE") else "elsewhere"
        compared[group] += 1
        equal[group] += mine == other
        if mine != other:
            kind = kind_of_difference(country, text, other, reason)
            kinds[kind] += 1
            samples.setdefault(kind, f"{text} in {country}: {mine} here, {other} there")
    shares = {group: equal[group] / compared[group] for group in compared}
    print(f"{len(cases):,} numbers:", ", ".join(f"{group} {share:.4f}" for group, share in shares.items()))
    for kind, count in kinds.most_common():
        print(f"{count / len(cases):8.4%}  {kind} ({samples[kind]})")

    assert len(cases) > 100_000
    assert {group for group, share in shares.items() if share < 0.99} <= {"elsewhere"}
    assert shares["elsewhere"] > 0.96
    customs = {kind.removeprefix("customs of ") for kind in kinds if kind.startswith("customs of ")}
    assert customs <= CUSTOMS
    assert sum(count for kind, count in kinds.items() if kind.startswith("customs")) < 0.003 * len(cases)
    assert kinds["a calling code without a plus is recognised by the length"] < 0.001 * len(cases)
    assert kinds["works within a town only, null here"] < 0.005 * len(cases)
