#!/usr/bin/env python3
"""Fields of personal and payment data, and fields that nearly are, made by other people's generators.

Writes JSON Lines to standard output: {"class": NAME or null, "field": NAME, "values": [...]}. What is valid is said by
Faker (https://faker.readthedocs.io) and python-stdnum (https://arthurdejong.org/python-stdnum/), not by apitap:

    python3 -m venv /tmp/corpus && /tmp/corpus/bin/pip install faker python-stdnum
    /tmp/corpus/bin/python scripts/data_corpus.py > /tmp/corpus.jsonl
    APITAP_DATA_CORPUS=/tmp/corpus.jsonl cargo test -p inspect foreign_corpus -- --ignored --nocapture
"""

import base64
import json
import random
import string
import sys

from faker import Faker
from stdnum import luhn
from stdnum.br import cpf
from stdnum.cn import ric
from stdnum.de import idnr
from stdnum.es import dni
from stdnum.fr import nir
from stdnum.gb import nhs
from stdnum.in_ import aadhaar
from stdnum.it import codicefiscale
from stdnum.nl import bsn
from stdnum.pl import pesel
from stdnum import iban

FIELDS, VALUES = 40, 12
rng = random.Random(20261124)
Faker.seed(20261124)
LOCALES = ["en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "pl_PL", "pt_BR", "en_IN", "zh_CN", "en_CA"]
FAKE = {locale: Faker(locale) for locale in LOCALES}
US = FAKE["en_US"]


def digits(count):
    return "".join(rng.choice(string.digits) for _ in range(count))


def drawn(count, alphabet=string.ascii_letters + string.digits):
    return "".join(rng.choice(alphabet) for _ in range(count))


def until(make, is_valid):
    while True:
        value = make()
        if is_valid(value):
            return value


def broken(make, is_valid):
    """A valid number with one digit changed, so that its check no longer holds."""

    def one():
        value = make()
        places = [at for at, char in enumerate(value) if char.isdigit()]
        at = rng.choice(places)
        return value[:at] + rng.choice(string.digits) + value[at + 1 :]

    return lambda: until(one, lambda value: not is_valid(value))


def jwt():
    part = lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
    return ".".join([part({"alg": "HS256", "typ": "JWT"}), part({"sub": drawn(8), "exp": 1_800_000_000}), drawn(43)])


def de_tax():
    return until(lambda: rng.choice("123456789") + digits(10), idnr.is_valid)


def card():
    return US.credit_card_number(rng.choice(["visa16", "mastercard", "amex", "discover", "jcb16", "diners"]))


def grouped(number):
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))


def nino():
    """As HMRC allocates them; Faker's begin with ZZ, which nobody has."""
    pair = until(lambda: drawn(2, "ABCEGHJKLMNOPRSTWXYZ"), lambda two: two[1] != "O" and two not in ("GB", "NK", "TN", "ZZ", "KN", "NT", "BG"))
    return pair + digits(6) + rng.choice("ABCD")


def locale(make, names):
    return lambda: make(FAKE[rng.choice(names)])


POSITIVE = [
    ("card", ["cardNumber", "card_number", "pan", "creditCard"], card),
    ("card", ["reference", "value"], lambda: grouped(US.credit_card_number("visa16"))),
    ("card_code", ["cvv", "cvc", "securityCode"], lambda: digits(3)),
    ("iban", ["iban", "accountNumber", "x"], locale(lambda fake: fake.iban(), ["en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "pl_PL"])),
    ("us_ssn", ["ssn", "socialSecurityNumber"], lambda: US.ssn()),
    ("gb_nino", ["nino", "national_insurance_number"], nino),
    ("de_tax_id", ["steuerId", "taxId"], de_tax),
    ("fr_nir", ["nir", "numeroSecuriteSociale"], lambda: until(lambda: FAKE["fr_FR"].ssn(), nir.is_valid)),
    ("es_dni", ["dni", "nif"], lambda: until(lambda: digits(8) + rng.choice("TRWAGMYFPDXBNJZSQVHLCKE"), dni.is_valid)),
    ("it_codice_fiscale", ["codiceFiscale", "fiscal_code"], lambda: until(lambda: FAKE["it_IT"].ssn(), codicefiscale.is_valid)),
    ("nl_bsn", ["bsn", "burgerservicenummer"], lambda: until(lambda: FAKE["nl_NL"].ssn(), bsn.is_valid)),
    ("pl_pesel", ["pesel"], lambda: FAKE["pl_PL"].pesel()),
    ("br_cpf", ["cpf", "cpfCliente"], lambda: FAKE["pt_BR"].cpf()),
    ("in_aadhaar", ["aadhaar", "aadhaar_number"], lambda: until(lambda: rng.choice("23456789") + digits(11), aadhaar.is_valid)),
    ("cn_resident_id", ["residentId", "idCardNumber"], lambda: until(lambda: FAKE["zh_CN"].ssn(), ric.is_valid)),
    ("ca_sin", ["sin", "socialInsuranceNumber"], lambda: FAKE["en_CA"].ssn()),
    ("passport", ["passportNumber", "passport_no"], lambda: US.passport_number()),
    ("health_id", ["nhsNumber", "nhs_number"], lambda: until(lambda: digits(10), nhs.is_valid)),
    ("email", ["email", "contact", "x"], locale(lambda fake: fake.ascii_email(), LOCALES)),
    ("phone", ["phone", "mobileNumber", "telephone"], locale(lambda fake: fake.phone_number(), ["en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "pl_PL", "pt_BR"])),
    ("phone", ["phone", "phone_number"], lambda: US.basic_phone_number()),
    ("phone", ["x", "to"], lambda: US.msisdn() and "+1" + rng.choice("23456789") + digits(2) + rng.choice("23456789") + digits(6)),
    ("person_name", ["firstName", "first_name"], locale(lambda fake: fake.first_name(), LOCALES)),
    ("person_name", ["lastName", "surname", "family_name"], locale(lambda fake: fake.last_name(), LOCALES)),
    ("person_name", ["fullName", "cardholderName"], locale(lambda fake: fake.first_name() + " " + fake.last_name(), LOCALES)),
    ("address", ["street", "streetAddress", "addressLine1"], locale(lambda fake: fake.street_address(), ["en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "nl_NL", "pt_BR", "en_CA"])),
    ("birth_date", ["dateOfBirth", "dob", "birthday"], lambda: US.date_of_birth(minimum_age=18, maximum_age=90).isoformat()),
    ("birth_date", ["birthDate"], lambda: US.date_of_birth(minimum_age=18, maximum_age=90).strftime("%d/%m/%Y")),
    ("geo", ["latitude", "lat"], lambda: str(US.latitude())),
    ("geo", ["longitude", "lng"], lambda: str(US.longitude())),
    ("ip", ["ip", "clientIp", "x"], lambda: rng.choice([US.ipv4_public, US.ipv6])()),
    ("password", ["password", "newPassword", "passwd"], lambda: US.password(length=rng.randint(8, 16))),
    ("secret", ["x", "key"], lambda: "AKIA" + drawn(16, string.ascii_uppercase + "234567")),
    ("secret", ["token", "x"], lambda: "ghp_" + drawn(36)),
    ("secret", ["apiKey", "x"], lambda: "AIza" + drawn(35)),
    ("secret", ["clientSecret", "accessToken"], lambda: drawn(40)),
    ("secret", ["x", "token"], lambda: "xoxb-" + digits(12) + "-" + digits(12) + "-" + drawn(24)),
    ("jwt", ["token", "idToken", "x"], jwt),
    ("private_key", ["key", "pem"], lambda: "-----BEGIN RSA PRIVATE KEY-----\n" + drawn(200) + "\n-----END RSA PRIVATE KEY-----"),
]

NEGATIVE = [
    (["cardNumber", "pan", "reference"], broken(card, luhn.is_valid)),
    (["iban", "account"], broken(lambda: FAKE["de_DE"].iban(), iban.is_valid)),
    (["codiceFiscale"], broken(lambda: until(FAKE["it_IT"].ssn, codicefiscale.is_valid), codicefiscale.is_valid)),
    (["aadhaar"], broken(lambda: until(lambda: rng.choice("23456789") + digits(11), aadhaar.is_valid), aadhaar.is_valid)),
    (["policyNumber", "passwordPolicy"], lambda: rng.choice(["strong", "weak", "nist-800-63b"])),
    (["pesel"], broken(FAKE["pl_PL"].pesel, pesel.is_valid)),
    (["cpf"], broken(FAKE["pt_BR"].cpf, cpf.is_valid)),
    (["bsn"], broken(lambda: until(FAKE["nl_NL"].ssn, bsn.is_valid), bsn.is_valid)),
    (["nhsNumber"], broken(lambda: until(lambda: digits(10), nhs.is_valid), nhs.is_valid)),
    (["residentId"], broken(lambda: until(FAKE["zh_CN"].ssn, ric.is_valid), ric.is_valid)),
    (["orderNumber", "orderId", "invoice"], lambda: digits(16)),
    (["id", "accountId", "customer"], lambda: rng.choice("123456789") + digits(rng.randint(7, 11))),
    (["id", "snowflake"], lambda: "1" + digits(18)),
    (["imei", "device_imei"], lambda: until(lambda: "35" + digits(13), luhn.is_valid)),
    (["isbn"], lambda: US.isbn13(separator="")),
    (["ean", "gtin", "barcode"], lambda: US.ean13()),
    (["created", "timestamp", "x"], lambda: str(rng.randint(1_600_000_000_000, 1_900_000_000_000))),
    (["createdAt", "dueDate", "x"], lambda: US.date_time_this_decade().isoformat() + "Z"),
    (["date", "validUntil"], lambda: US.date_this_decade().isoformat()),
    (["version", "appVersion", "x"], lambda: f"{rng.randint(0, 20)}.{rng.randint(0, 40)}.{rng.randint(0, 300)}"),
    (["build", "x"], lambda: f"{rng.randint(1, 9)}.{rng.randint(0, 9)}.{rng.randint(0, 9)}.{rng.randint(1000, 9999)}"),
    (["id", "uuid", "requestId"], lambda: US.uuid4()),
    (["hash", "sha256", "etag"], lambda: US.sha256()),
    (["commit", "md5"], lambda: US.md5()),
    (["price", "amount", "total"], lambda: f"{rng.uniform(0, 5000):.2f}"),
    (["ratio", "score"], lambda: f"{rng.random():.6f}"),
    (["company", "companyName"], lambda: US.company()),
    (["title", "description", "text"], lambda: US.sentence()),
    (["color", "x"], lambda: US.hex_color()),
    (["url", "link"], lambda: US.uri()),
    (["hostname", "domain"], lambda: US.hostname()),
    (["userAgent"], lambda: US.user_agent()),
    (["mime", "type"], lambda: US.mime_type()),
    (["license", "plate"], lambda: US.license_plate()),
    (["vin"], lambda: US.vin()),
    (["mac", "x"], lambda: US.mac_address()),
    (["status", "state", "kind"], lambda: rng.choice(["active", "pending", "closed", "paid"])),
    (["productName", "sku"], lambda: drawn(2, string.ascii_uppercase) + "-" + digits(6)),
    (["tracking", "trackingNumber"], lambda: "1Z" + drawn(6, string.ascii_uppercase + string.digits) + digits(10)),
    (["cursor", "next", "nextPageToken"], lambda: drawn(32)),
    (["pin_count", "quantity", "count"], lambda: str(rng.randint(0, 999))),
    (["handle", "mention"], lambda: "@" + US.user_name()),
    (["file", "image"], lambda: US.file_name()),
    (["job", "role"], lambda: US.job()),
    (["currency", "country"], lambda: rng.choice([US.currency_code(), US.country_code()])),
    (["emailVerified", "hasPassword"], lambda: rng.choice(["true", "false"])),
    (["passwordResetUrl"], lambda: US.uri()),
    (["phoneModel", "mobileOs"], lambda: rng.choice(["Pixel 8", "iOS 17.2", "Galaxy S23"])),
    (["ipVersion"], lambda: rng.choice(["4", "6"])),
    (["position", "rank"], lambda: str(rng.randint(1, 500))),
    (["location"], lambda: rng.choice(["warehouse-3", "shelf 12", "remote"])),
]


def main():
    rows = [(klass, names, make) for klass, names, make in POSITIVE] + [(None, names, make) for names, make in NEGATIVE]
    for klass, names, make in rows:
        for _ in range(FIELDS):
            row = {"class": klass, "field": rng.choice(names), "values": [str(make()) for _ in range(VALUES)]}
            json.dump(row, sys.stdout, ensure_ascii=False)
            print()


if __name__ == "__main__":
    main()
