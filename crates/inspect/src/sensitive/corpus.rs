//! A generated corpus: fields of each class and fields that nearly are, judged as the catalog does, by most of their values.
//!
//! The generator is its own small one, so that the corpus is the same everywhere. Check digits are made by trying with our
//! own validators, so this measures how names, forms and shares decide, and not the validators: those are held against
//! published examples in the tests beside this one. The fields of no class are drawn without them.

use std::collections::BTreeMap;

use model::{DataClass, DataTally};

use super::{Vote, mark};
use crate::class::classify;

const FIELDS: usize = 60;
const VALUES: usize = 12;
const PRECISION_MIN: f64 = 0.99;
const RECALL_MIN: f64 = 0.95;

struct Rng(u64);

impl Rng {
    /// xorshift64* (Vigna 2016).
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.next() as usize % list.len()]
    }

    /// `#` a digit, `@` a capital, `*` a letter or digit, `~` a hexadecimal digit, `$` the sign @; the rest as it stands.
    fn form(&mut self, form: &str) -> String {
        let mut of = |alphabet: &[u8]| alphabet[self.next() as usize % alphabet.len()] as char;
        form.chars()
            .map(|c| match c {
                '#' => of(b"0123456789"),
                '@' => of(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
                '*' => of(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"),
                '~' => of(b"0123456789abcdef"),
                '$' => '@',
                other => other,
            })
            .collect()
    }

    /// Values of the form until one is valid, or, for near-misses, is not.
    fn until(&mut self, forms: &[&str], is: impl Fn(&[u8]) -> bool) -> String {
        for _ in 0..2_000_000 {
            let form = self.pick(forms);
            let value = self.form(form);
            if is(value.as_bytes()) {
                return value;
            }
        }
        panic!("no such value of {forms:?}");
    }
}

/// Class, names, forms.
type Kind = (DataClass, &'static [&'static str], &'static [&'static str]);

const KINDS: &[Kind] = &[
    (DataClass::Card, &["cardNumber", "pan", "/card/number", "account_ref"], &["4###############", "5#"]),
    (DataClass::Iban, &["iban", "account", "x"], &["DE####################", "NL##@@@@##########", "BE##############"]),
    (DataClass::UsSsn, &["ssn", "social_security_number"], &["###-##-####", "#########"]),
    (DataClass::GbNino, &["nino", "nationalInsuranceNumber"], &["@@######A", "@@######C"]),
    (DataClass::DeTaxId, &["steuerId", "tax_id"], &["###########"]),
    (DataClass::FrNir, &["nir", "numero_securite_sociale"], &["1##0#7511#0##5#", "2##0#3306#1####"]),
    (DataClass::EsDni, &["dni", "nif"], &["########@", "X#######@"]),
    (DataClass::ItCodiceFiscale, &["codice_fiscale", "ref"], &["@@@@@@##A##@###@", "@@@@@@##M##@###@"]),
    (DataClass::NlBsn, &["bsn", "burgerservicenummer"], &["#########"]),
    (DataClass::PlPesel, &["pesel"], &["##0#1######", "##0#2######"]),
    (DataClass::BrCpf, &["cpf", "cpf_cliente"], &["###########", "###.###.###-##"]),
    (DataClass::InAadhaar, &["aadhaar", "aadhaarNumber"], &["############", "#### #### ####"]),
    (DataClass::CnResidentId, &["id_card", "residentId"], &["11010#19##0#1####X", "44030#19##0#2#####"]),
    (DataClass::CaSin, &["sin", "social_insurance_number"], &["#########", "### ### ###"]),
    (DataClass::HealthId, &["nhs_number", "nhsNumber"], &["##########", "### ### ####"]),
    (DataClass::Phone, &["x", "phone"], &["+4930######", "+1 ### ### ####", "+3361#######"]),
    (DataClass::Email, &["x", "email"], &["u~~~~$example.com", "a.~~~$mail.example.org"]),
    (DataClass::BirthDate, &["dob", "birthDate"], &["19##-0#-1#", "1#/0#/19##"]),
    (DataClass::Geo, &["latitude", "lat"], &["4#.####", "-3#.#####"]),
    (DataClass::Secret, &["x", "key"], &["AKIA@@@@@@@@@@@@@@@@", "ghp_************************************"]),
    (DataClass::PersonName, &["firstName", "last_name"], &["@nna", "@aria @erg"]),
    (DataClass::Address, &["street", "addressLine1"], &["## Main Street", "# Rue @ille"]),
    (DataClass::Passport, &["passportNumber"], &["@########", "#########"]),
    (DataClass::Ip, &["x", "ip"], &["203.0.113.#", "198.51.100.#"]),
];

/// Fields that are of no class: names, forms.
const OTHERS: &[(&[&str], &[&str])] = &[
    (&["orderNumber", "ref", "id", "reference"], &["################", "4###############", "5###############"]),
    (&["id", "snowflake"], &["1##################", "7#################"]),
    (&["createdAt", "ts", "x"], &["17###########", "17##############"]),
    (&["version", "x"], &["#.#.#", "1.#.#-rc#", "v#.##.#"]),
    (&["id", "x"], &["~~~~~~~~-~~~~-4~~~-a~~~-~~~~~~~~~~~~"]),
    (&["hash", "etag", "sha"], &["~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~", "~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~"]),
    (&["id", "account", "customer"], &["#########", "##########", "###########", "############"]),
    (&["sku", "code", "x"], &["@@######", "@@@-####", "DE####################"]),
    (&["price", "ratio", "x"], &["##.##", "0.####"]),
    (&["date", "due", "x"], &["2024-0#-1#"]),
    (&["offset", "x"], &["+0#00", "+##", "+999#######"]),
    (&["handle", "asset", "x"], &["$user##", "logo$2x.png", "user$localhost"]),
    (&["next_page_token", "cursor"], &["************************"]),
    (&["x", "text"], &["sk-****", "ghp_****", "AKIA####"]),
    (&["tracking_number", "ticket"], &["1Z@@@###@#########", "@@#########@@"]),
];

fn valid(class: DataClass, name: &str, value: &[u8]) -> bool {
    mark(Vote::of(name.as_bytes()), classify(value), value).is_some_and(|mark| mark.class == class.into())
}

fn judge(name: &str, values: &[String]) -> Option<DataClass> {
    let mut tally = DataTally::default();
    for (at, value) in values.iter().enumerate() {
        let value = value.as_bytes();
        tally.note(mark(Vote::of(name.as_bytes()), classify(value), value), at as u32, false);
    }
    tally.shows().and_then(|(class, ..)| class.built_in())
}

#[test]
fn classes_are_told_from_what_nearly_is_one() {
    let mut rng = Rng(0x5eed_da7a);
    let mut figures = Figures::default();
    let mut note = |truth: Option<DataClass>, told: Option<DataClass>| figures.note(truth, told);
    for (class, names, forms) in KINDS {
        let forms: Vec<&str> = forms.iter().map(|form| if *form == "5#" { "51##############" } else { form }).collect();
        for field in 0..FIELDS {
            let name = names[field % names.len()];
            let told_by = names[0];
            let good: Vec<_> = (0..VALUES).map(|_| rng.until(&forms, |value| valid(*class, told_by, value))).collect();
            // One value in ten is missing or is something else.
            let mixed: Vec<_> = good
                .iter()
                .map(|value| if rng.next().is_multiple_of(10) { "unknown".to_owned() } else { value.clone() })
                .collect();
            note(Some(*class), judge(name, &mixed));
            // The same form with wrong digits, under the same name.
            let checked = *class as u8 >= DataClass::Card as u8 && *class as u8 <= DataClass::CaSin as u8
                || *class == DataClass::HealthId;
            if checked && !matches!(class, DataClass::CardCode | DataClass::UsSsn | DataClass::GbNino) {
                let bad: Vec<_> =
                    (0..VALUES).map(|_| rng.until(&forms, |value| !valid(*class, told_by, value))).collect();
                note(None, judge(name, &bad));
            }
        }
    }
    for (names, forms) in OTHERS {
        for field in 0..4 * FIELDS {
            let values: Vec<_> = (0..VALUES).map(|_| rng.until(forms, |_| true)).collect();
            note(None, judge(names[field % names.len()], &values));
        }
    }
    assert!(figures.poor().is_empty() && figures.0.len() >= KINDS.len(), "poor: {:?}", figures.poor());
}

/// Fields made and judged valid by other people's software, which `scripts/data_corpus.py` writes.
#[test]
#[ignore = "needs a corpus that is made with Python packages"]
#[allow(clippy::print_stdout, reason = "which fields were taken for what")]
fn foreign_corpus() {
    #[derive(serde::Deserialize)]
    struct Line {
        class: Option<DataClass>,
        field: String,
        values: Vec<String>,
    }
    let path = std::env::var_os("APITAP_DATA_CORPUS").expect("APITAP_DATA_CORPUS names the corpus");
    let mut figures = Figures::default();
    for line in std::fs::read_to_string(path).unwrap().lines() {
        let Line { class, field, values } = serde_json::from_str(line).unwrap();
        let told = judge(&field, &values);
        figures.note(class, told);
        if told != class {
            let name = |class: Option<DataClass>| class.map_or("nothing", DataClass::as_str);
            println!("{} taken for {}: {field} {:?}", name(class), name(told), &values[..3]);
        }
    }
    assert!(figures.poor().is_empty(), "poor: {:?}", figures.poor());
}

/// Fields of each class: right, told in all, there in all.
#[derive(Default)]
struct Figures(BTreeMap<DataClass, (u32, u32, u32)>);

impl Figures {
    fn note(&mut self, truth: Option<DataClass>, told: Option<DataClass>) {
        if let Some(class) = truth {
            let count = self.0.entry(class).or_default();
            count.2 += 1;
            count.0 += u32::from(told == truth);
        }
        if let Some(class) = told {
            self.0.entry(class).or_default().1 += 1;
        }
    }

    /// Prints all figures; the classes below the bars.
    #[allow(clippy::print_stdout, reason = "the figures of each class are what the corpus is for")]
    fn poor(&self) -> Vec<&'static str> {
        let mut poor = Vec::new();
        for (class, (right, told, there)) in &self.0 {
            let precision = f64::from(*right) / f64::from((*told).max(1));
            let recall = f64::from(*right) / f64::from((*there).max(1));
            println!(
                "{:20} precision {precision:.3} recall {recall:.3} ({right} of {told} told, {there} there)",
                class.as_str()
            );
            if precision < PRECISION_MIN || recall < RECALL_MIN {
                poor.push(class.as_str());
            }
        }
        poor
    }
}
