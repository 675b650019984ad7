"""Cases of normalisation: emails, phones, names, addresses and typos."""

# ruff: noqa: RUF001 (names in many scripts)

from macro_cases import COUNTRIES, HYPHEN, NBSP, ZERO_WIDTH, Table, all_are, null, same

OTHER_VARS = {"ignore_email_tags": True, "ignore_gmail_dots": True, "default_country": "be"}


def phones(expected, country, *values):
    """Return the cases of numbers of a country that are written in several ways."""
    return [(value, country, expected) for value in values]


def postcodes(expected, *values):
    """Return the cases of ways to write the postcode of a Dutch address."""
    return [("NL", value, "12", expected) for value in values]


def houses(expected, *values):
    """Return the cases of ways to write the house number of a Dutch address."""
    return [("NL", "1234AB", value, expected) for value in values]


def typos(expected, *pairs):
    """Return the cases of pairs, each in both orders."""
    return [(*pair, expected) for one, other in pairs for pair in ((one, other), (other, one))]


NORMALISATION = {
    "email": Table(
        "normalised_email('a')",
        [
            *all_are("jan@voorbeeld.nl", "jan@voorbeeld.nl", "JAN@Voorbeeld.NL", "jan@voorbeeld.nl."),
            *all_are("jan@voorbeeld.nl", " jan@voorbeeld.nl "),
            *all_are("jan@voorbeeld.nl", "mailto:jan@voorbeeld.nl", "MailTo: jan@voorbeeld.nl"),
            *all_are("jan@voorbeeld.nl", "mailto:jan@voorbeeld.nl..."),
            *all_are("jan@voorbeeld.nl", "Jan <jan@voorbeeld.nl>", '"Wit, Jan de" <Jan@voorbeeld.nl>'),
            *all_are("jan@voorbeeld.nl", "<jan@voorbeeld.nl>"),
            *all_are("jan@voorbeeld.nl", "<mailto:jan@voorbeeld.nl>", "jan@voorbeeld.nl;"),
            *all_are("jan@voorbeeld.nl", "jan@voorbeeld.nl, ", "<jan@voorbeeld.nl>;"),
            *same("jan.de.wit@voorbeeld.nl", "j.a.n@gmail.com", "jan@googlemail.com"),
            *same("jan+nieuws@mail.voorbeeld.co.uk"),
            *same(
                "josé@café.nl",
                "иван@почта.рф",
                "用户@例子.公司",
                "o'brien@x.ie",
                "a@b.c",
                "jan_de-wit@x-y.nl",
            ),
            *same("jan.@x.nl"),
            ("JOSÉ@CAFÉ.nl", "josé@café.nl"),
            *null("jan", "jan@voorbeeld", "jan@voorbeeld.", "@voorbeeld.nl", "jan@.nl", "jan@", "@"),
            *null("jan@x..nl", ".jan@x.nl"),
            *null("jan@@voorbeeld.nl", "jan@piet@voorbeeld.nl", "jan@voorbeeld.nl, piet@voorbeeld.nl"),
            *null("jan@x.nl;piet@x.nl"),
            *null("jan @voorbeeld.nl", "jan de wit@voorbeeld.nl", "geen", "-", "n.v.t.", "mailto:", "..."),
            *null("Jan <>", "", None),
            *null("jan@voorbeeld.nl piet@voorbeeld.nl", "<jan@x.nl> <piet@x.nl>", "jan@voorbeeld,nl"),
        ],
    ),
    "email without Gmail dots": Table(
        "normalised_email('a')",
        [
            *all_are("jandewit@gmail.com", "jan.de.wit@gmail.com", "JanDeWit@googlemail.com"),
            *all_are("jandewit@gmail.com", "<jan.dewit@gmail.com>"),
            *same("jan.de.wit@voorbeeld.nl", "jan.de.wit@gmail.com.nl", "jan+a.b@x.nl"),
            ("j.an+a.b@gmail.com", "jan+ab@gmail.com"),
            *null("gmail.com", None),
        ],
        variables={"ignore_gmail_dots": True},
    ),
    "email without tags and Gmail dots": Table(
        "normalised_email('a')",
        [
            *all_are("jan@x.nl", "jan+shop@x.nl", "Jan+a+b@x.nl", "mailto:jan+shop@x.nl", "jan+@x.nl"),
            *all_are("jan@gmail.com", "j.an+a.b@gmail.com", "jan@gmail.com", "jan+a@googlemail.com"),
            *same("jan@x.nl", "j.an@x.nl", "+31612345678@x.nl"),
            *null("jan+shop", "gmail.com", None),
        ],
        variables=OTHER_VARS,
    ),
    "phone": Table(
        "normalised_phone('a', 'countries')",
        [
            *phones("+31612345678", "NL", "06-12345678", "0612345678", "612345678", "31612345678"),
            *phones("+31612345678", "NL", "+31612345678"),
            *phones("+31612345678", "NL", "+31 (0)6 12345678", "+31 6 1234 5678", "+31 06-12345678"),
            *phones("+31612345678", "NL", "+310612345678"),
            *phones("+31612345678", "NL", "0031612345678", "0031 (0)6-12345678", "00310612345678"),
            *phones("+31612345678", "NL", "(0)6-12345678"),
            *phones("+31612345678", "NL", "(+31) 6 12345678", "(06) 12345678", "06/12 34 56 78"),
            *phones("+31612345678", "NL", "06.12.34.56.78", "310612345678"),
            *phones("+31612345678", "NL", "tel: 06-12345678", "Mobiel 06 12345678", "'0612345678"),
            *phones("+31612345678", "NL", "06-12345678."),
            *phones("+31612345678", "NL", f"06{NBSP}1234{HYPHEN}5678", f"{ZERO_WIDTH}0612345678{ZERO_WIDTH}"),
            *phones("+31612345678", "NL", "06–12345678"),
            *phones("+31612345678", "NL", "06 1234 5678 ext. 12", "06 1234 5678 EXT12", "0612345678 x12"),
            *phones("+31612345678", "NL", "0612345678x3"),
            *phones("+31612345678", "NL", "0612345678 tst. 4", "0612345678 toestel 4", "0612345678#4"),
            *phones("+31612345678", "NL", "0612345678;ext=4"),
            *phones("+31612345678", "NL", "06 12345678 (werk)", "0612345678 na 18 uur"),
            *phones("+31612345678", "NL", "+31612345678 privé 2"),
            # a plus or 00 gives the country, whatever the country of the record
            *phones("+31612345678", "BE", "+31.6.12.34.56.78", "0031612345678", "+31 (0)6 12345678"),
            *phones("+31612345678", None, "+31612345678", "0031612345678"),
            *phones("+31201234567", "NL", "020 - 123 45 67", "020-1234567", "(020) 1234567", "20 1234567"),
            *phones("+31201234567", "NL", "31 20 1234567"),
            *phones("+31317123456", "NL", "0317-123456", "317123456"),
            *phones("+32475123456", "BE", "0475/12.34.56", "0475 12 34 56", "+32 475 12 34 56"),
            *phones("+32475123456", "BE", "0032475123456", "32475123456"),
            *phones("+3221234567", "BE", "02 123 45 67", "02/123.45.67", "+32 (0)2 123 45 67", "3221234567"),
            *phones("+3221234567", "BE", "+3202 1234567"),
            *phones("+4915123456789", "DE", "0151 23456789", "+49 (0) 151 / 23456789", "0049 151 23456789"),
            *phones("+4915123456789", "DE", "4915123456789"),
            *phones("+493012345678", "DE", "030/12345678", "(030) 1234 5678", "+49 30 12345678"),
            *phones("+493012345678", "DE", "+49 030 12345678"),
            *phones("+33612345678", "FR", "06 12 34 56 78", "+33 (0)6 12 34 56 78", "33612345678"),
            *phones("+442079460958", "GB", "020 7946 0958", "+44 (0)20 7946 0958"),
            *phones("+442079460958", "NL", "0044 20 7946 0958", "+44 (0)20 7946 0958"),
            *phones("+352621123456", "LU", "621 123 456", "+352 621 123 456", "352621123456"),
            *phones("+436641234567", "AT", "0664 1234567", "+43 (0)664 1234567", "436641234567"),
            # Italy keeps its zero, Spain and Denmark have none
            *phones("+390612345678", "IT", "06 1234 5678", "+39 06 12345678", "+39 (0)6 12345678"),
            *phones("+390612345678", "IT", "0039 06 12345678"),
            *phones("+34612345678", "ES", "612 345 678", "+34 612 345 678", "34612345678"),
            *phones("+4532123456", "DK", "32 12 34 56", "4532123456"),
            # a prefix that may also be the first digit of the number itself
            *phones("+12125550123", "US", "(212) 555-0123", "1 212 555 0123", "1-212-555-0123 x4"),
            *phones("+12125550123", "US", "+1 (212) 555-0123"),
            *phones("+31612345678", "US", "011 31 6 12345678", "01131612345678"),
            *phones("+78005553535", "RU", "8 (800) 555-35-35", "800 555-35-35", "+7 800 555 35 35"),
            *phones("+78005553535", "RU", "78005553535"),
            *phones("+36301234567", "HU", "06 30 123 4567", "30 123 4567", "+36 30 123 4567"),
            # a length that some number of the country may have is enough
            *phones("+3161234567", "NL", "06-1234567"),
            *phones("+31800123", "NL", "0800-123"),
            *phones(None, "NL", "0000000000", "00000", "1111111111", "+99999999999", "9999999999"),
            *phones(None, "NL", "06-66666666", "+33333333333"),
            *phones(None, "NL", "123", "06", "0", "+316", "+1234567", "+1234567890123456", "+0612345678"),
            *phones(None, "NL", "06+12345678"),
            *phones(None, "NL", "+", "++31612345678", "+316123456789012", "+32 475 12 34", "+1 212 555 012"),
            *phones(None, "NL", "+1 212 555 01234"),
            *phones(None, "NL", "+999 1234567", "+210 123456", "06-12345678 / 020-1234567", "14 020"),
            *phones(None, "NL", "3.16E+10"),
            *phones(None, "NL", "onbekend", "geen", "-", "x12", "#31#", "٠٦١٢٣٤٥٦٧٨", "", None),
            *phones(None, "BE", "0475 12 34 5678", "02 123 45 6"),
            *phones(None, "US", "555-0123", "212 555 012"),
            *phones(None, None, "0612345678", "31612345678"),
        ],
        source=COUNTRIES,
    ),
    "address": Table(
        "normalised_address('a', 'b', 'c')",
        [
            *postcodes(
                "NL|1234AB|12", "1234 AB", "1234ab", "1234-AB", " 1234  ab ", "NL-1234 AB", "NL - 1234AB"
            ),
            *houses("NL|1234AB|12", "12", "012", " 12 ", "nr. 12", "Nr 12", "no:12", "# 12"),
            *houses("NL|1234AB|12A", "12-a", "12A", "12 a", "12 A", "12/a", "012-A", "nr 12a"),
            *houses("NL|1234AB|12BIS", "12 bis", "12-BIS", "12bis"),
            *houses("NL|1234AB|12-1", "12-1", "12 1", "12/1", "12 - 1"),
            ("NL", "1234AB", "121", "NL|1234AB|121"),
            ("NL", "1234AB", "12-2hg", "NL|1234AB|12-2HG"),
            ("NL", "1234AB", "100", "NL|1234AB|100"),
            ("NL", "1234AB", "A12", "NL|1234AB|12A12"),
            ("BG", "1000", "12Б", "BG|1000|12Б"),
            (None, "1234AB", "12", "NL|1234AB|12"),
            ("nl", "1234AB", "12", "NL|1234AB|12"),
            ("BE", "B-9000", "12 bus 3", "BE|9000|12BUS3"),
            ("DE", "D - 01067", "5", "DE|01067|5"),
            ("GB", "SW1A 2AA", "10", "GB|SW1A2AA|10"),
            ("PL", "00-950", "1/2", "PL|00950|1-2"),
            ("PT", "1000-001", "7 2º E", "PT|1000001|7-2E"),
            *postcodes(None, None, "", "-", " "),
            *houses(None, None, "", "0", "-", "A", "bis", "onbekend"),
        ],
    ),
    "default country of an address": Table(
        "normalised_address('a', 'b', 'c')",
        [(None, "9000", "1", "BE|9000|1"), ("NL", "1234AB", "1", "NL|1234AB|1")],
        variables=OTHER_VARS,
    ),
    "without_diacritics": Table(
        "without_diacritics('a')",
        [
            *same("jan", "o'brien", "иван", "李", "أحمد", "สมชาย", "कुमार", "🙂", ""),
            *[("José", "jose"), ("MÜLLER", "muller"), ("Gößmann", "gossmann"), ("STRAẞE", "strasse")],
            *[("Søren", "soren")],
            *[
                ("Łukasz", "lukasz"),
                ("ǾRSTED", "orsted"),
                ("Đorđe", "dorde"),
                ("Yıldız", "yildiz"),
                ("Çağla", "cagla"),
            ],
            *[("Ævar", "aevar")],
            *[("Þór", "thor"), ("Œuvre", "oeuvre"), ("ĳsbrand", "ijsbrand"), ("Ĳsbrand", "ijsbrand")],
            *[("ﬁona", "fiona")],
            *[("Zoe\u0308", "zoe"), ("Zoë", "zoe"), ("ΝΊΚΟΣ", "νικοσ"), ("Ștefan", "stefan")],
            *[("Dvořák", "dvorak")],
            ("Əliyev", "eliyev"),
            (None, None),
        ],
    ),
    "status": Table(
        "normalised_status('a')",
        [
            *all_are("cancelled", "cancelled", "CANCELLED", " wc-cancelled ", "WC-Cancelled", "wc_cancelled"),
            *all_are("pending-payment", "pending_payment", "Pending payment", "wc-pending-payment"),
            *all_are("annulee", "annulée", "Annulée", "ANNULE\u0301E"),
            *all_are("partially-refunded", "partially_refunded", "Partially-Refunded"),
            *same("on-hold", "geannuleerd-door-klant", "nwc-x", "wc", "заказ", "注文", "wc.paid"),
            ("wc-wc-paid", "wc-paid"),
            *null("", " ", NBSP),
        ],
    ),
    "status without personal data": Table(
        "status_without_personal_data('a')",
        [
            *all_are("(contains an email address)", "jan@x.example", "vraag jan@x.example 12345", "@"),
            ("klant 12345", "klant #"),
            ("12345 en 0612345678", "# en #"),
            ("a1234567b", "a#b"),
            *same("paid", "stap 1234", "1234 5678", "annulée", "#"),
            (None, None),
        ],
    ),
    "name_words": Table(
        "name_words('a')",
        [
            *[("Jan", "jan"), ("JAN ", "jan"), ("Anna-Marie", "anna marie"), ("Jean  Pierre", "jean pierre")],
            *[("José", "jose")],
            *all_are("j", "J", "J.", " j. "),
            *all_are("j p", "J.P.", "J. P.", "j p", "J.-P.", "J,P"),
            *all_are("van den berg", "van den Berg", "Van den Berg", "VAN DEN BERG", "van  den-Berg"),
            *all_are("t hart", "'t Hart", "’t Hart", "`t Hart", "‘t Hart"),
            *all_are("o brien", "O'Brien", "O’Brien", "OʼBrien", "o´brien"),
            *all_are("jansen", "dhr. Jansen", "Mevr. Jansen", "drs. Jansen", "prof. dr. Jansen"),
            *all_are("jansen", "Ing. Jansen", "Jansen jr.", "Jansen Sr"),
            *all_are("jansen", "Jansen 2", "(Jansen)", "Jansen 🙂", f"{ZERO_WIDTH}Jansen{NBSP}", "Jansen\t"),
            *all_are("jansen", "jansen/"),
            # a title alone is a name
            *same("mr", "dr", "ing", "jansen de vries", "ng"),
            *[("李", "李"), ("李 伟", "李 伟"), ("Ли́", "ли"), ("أحمد علي", "أحمد علي"), ("Νίκος", "νικοσ")],
            *[("ИВАНОВ", "иванов")],
            *[("सिंह", "सिंह"), ("สมชาย", "สมชาย"), ("Иванов (Ivanov)", "иванов ivanov"), ("김", "김")],
            *[("山田・太郎", "山田 太郎")],
            # a Latin o in a Cyrillic name makes it a different name
            ("Иванoв", "иванoв"),
            *null("", " ", "-", "...", "123", "🙂", "?", "'", "’", NBSP, None),
        ],
    ),
    "spoken_last_name": Table(
        "name_words(spoken_last_name('a'))",
        [
            *all_are("van den berg", "Berg, van den", "Berg,van den", "van den Berg", "Berg, van den,"),
            *all_are("bos", "Bos e/v Smit", "Bos E/V Smit", "Bos e.v. Smit", "Bos w/v Smit", "Bos geb. Smit"),
            *all_are("bos", "Bos geboren Smit"),
            *all_are("bos", "Bos echtgenote van Smit", "Bos weduwe van de Vries", "Bos e/v de Vries"),
            *all_are("van den berg", "Berg, van den e/v Smit", "van den Berg e/v Smit"),
            *all_are("jansen de vries", "Jansen-de Vries", "Jansen - de Vries", "Jansen de Vries"),
            *[("de Vries-Jansen", "de vries jansen"), ("Bos, ", "bos"), (", Bos", "bos")],
            *[("e/v Smit", "e v smit")],
            *same("jansen", "geb", "ev", "иванов"),
            *null(",", "", None),
        ],
    ),
    "name_core": Table(
        "name_core('a')",
        [
            *all_are("berg", "van den berg", "v d berg", "vd berg", "berg van den", "berg", "van der berg"),
            *all_are("berg", "v den berg"),
            *[("de vries", "vries"), ("t hart", "hart"), ("s gravesande", "gravesande")],
            *[("op den berg", "berg")],
            *[("in t veld", "veld"), ("von der leyen", "leyen"), ("de la cruz", "cruz")],
            *[("d angelo", "angelo")],
            *[("el amrani", "amrani"), ("uit den bogaard", "bogaard"), ("aan de stegge", "stegge")],
            *[("jansen de vries", "jansendevries"), ("o brien", "obrien"), ("vandenberg", "vandenberg")],
            *[("van loon van gelder", "loonvangelder")],
            # nothing else is left
            *[("van der", "der"), ("de", "de"), ("van", "van"), ("op t", "t")],
            *same("jansen", "deen", "иванов", "李", ""),
            (None, None),
        ],
    ),
    "is_initials": Table(
        "is_initials('a')",
        [
            *all_are(True, "j", "j p", "j p m", "jp", "jpm", "jp m", "и", "и п", "γ"),
            *all_are(
                False, "jan", "jo", "al", "ed", "bo", "j an", "jan p", "jhwnd", "李", "김", "иван", "ab"
            ),
            *all_are(False, ""),
            (None, None),
        ],
    ),
    "one_typo": Table(
        "one_typo('a', 'b')",
        [
            *typos(True, ("jan", "jab"), ("jan", "jana"), ("jan", "ajan"), ("jan", "an"), ("jan", "jn")),
            *typos(True, ("jansen", "janssen")),
            *typos(True, ("jan", "ajn"), ("jansen", "jasnen"), ("jansen", "jansne"), ("", "a"), ("a", "b")),
            *typos(True, ("ab", "ba")),
            *typos(True, ("иванов", "иваноф"), ("иванов", "иваонв"), ("иванов", "иванова"), ("李伟", "李明")),
            *typos(True, ("李", "李伟")),
            *typos(True, ("иванов", "иваноx"), ("김민", "김민수"), ("jan🙂", "jan"), ("أحمد", "أحمت")),
            *typos(True, ("李伟", "伟李")),
            *typos(False, ("jan", "piet"), ("jan", "jnaa"), ("jan", "nja"), ("jansen", "jsanne"), ("", "ab")),
            *typos(False, ("abc", "cba")),
            *typos(
                False,
                ("иванов", "петров"),
                ("иванов", "ивановна"),
                ("иванов", "вианво"),
                ("李伟明", "明伟李"),
            ),
            *typos(False, ("李伟", "王明")),
            *typos(False, ("jan", "jan"), ("иванов", "иванов"), ("", ""), ("李", "李")),
            *typos(None, (None, "jan"), (None, "иван"), (None, None)),
        ],
    ),
}
