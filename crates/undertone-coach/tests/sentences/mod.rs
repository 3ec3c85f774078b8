//! Sentences as a recogniser writes them, made by a fixed seed, each with the stretches
//! that must be hidden.

use std::ops::Range;

pub(crate) struct Gold {
    pub(crate) kind: &'static str,
    pub(crate) at: Range<usize>,
}

pub(crate) struct Sentence {
    pub(crate) text: String,
    pub(crate) gold: Vec<Gold>,
}

/// `{name}`, `{card}`, `{phone}`, `{account}` are to be hidden.
const WITH: [&str; 46] = [
    "my name is {name} and I am calling about my bill",
    "Hello, my name is {name}. I have a question.",
    "this is {first} from the service desk, how can I help?",
    "Good morning, {first} speaking, what can I do for you?",
    "you are speaking with {first} at reservations",
    "I spoke to {first} yesterday and he said it was fixed",
    "Can I talk to {name} please?",
    "the contract is in the name of {name}",
    "it's under the name {name}, she is my wife",
    "Thank you, {first}. That was very helpful.",
    "Yes, Mrs {last}, I can see your order here.",
    "mister {last} has been waiting since monday",
    "Doctor {last} told me to come back in two weeks.",
    "my surname is {last} and the first name is {first}",
    "Your colleague {first} promised me a call back.",
    "I am so sorry, Mr {last}, that should not have happened.",
    "my husband {first} ordered it in may",
    "Hi {first}, I have been charged twice.",
    "Okay {first}, and when will that be?",
    "the parcel was signed for by {name}",
    "my card number is {card}",
    "It is a visa, {card}.",
    "The long number on the front of the card is {card}, and it expires in March.",
    "yes one moment it is {card}",
    "I paid with {card} last week",
    "So that is {card}, is that right?",
    "you took the money from card {card} twice",
    "my credit card um {card}",
    "my phone number is {phone}",
    "You can reach me on {phone} after five.",
    "call me back on {phone} please",
    "My mobile, that's {phone}.",
    "I am calling from {phone}, it's my landline.",
    "the number is {phone} and the best time is ten in the morning",
    "please ring me on {phone} if it goes wrong",
    "is it still {phone}?",
    "my account number is {account}",
    "The policy number is {account}.",
    "Sure, the reference is {account}.",
    "it's customer number {account}, and the bill is from June",
    "the tracking number ends in {account}",
    "My sort code is {account}.",
    "yes the booking is {account} for two nights",
    "My name is {name} and my account is {account}.",
    "This is {first}, my number is {phone}.",
    "{first} here, from accounts. Is your card still {card}?",
];

/// Nothing here is to be hidden.
const WITHOUT: [&str; 40] = [
    "I have been waiting for forty five minutes",
    "It costs one hundred and twenty euros a month.",
    "this is ridiculous, I called three times",
    "That was on the twenty third of March, at half past two.",
    "I'm furious about this",
    "This is unacceptable. Every single month it goes down.",
    "I have been with you for twenty years",
    "you charged me £49.99 instead of £39.99",
    "the train leaves at 10:45 from platform 9",
    "I am Sick of this, and so is everybody here.",
    "can you calm the system down",
    "We have ten users and you billed us for fifty seats.",
    "in 2019 we moved house",
    "may I have one moment please",
    "Will you mark it as urgent?",
    "I hope that it works this time.",
    "The order came on 12/03/2024 and was broken.",
    "double the price and half the service",
    "that is the second time in two weeks",
    "I want to speak to your manager",
    "I asked for a supervisor and nobody came.",
    "It's Friday, and the office in Leeds is closed.",
    "the rose on the card was lovely",
    "She is eighty one and has no heating.",
    "version eight point three does not start",
    "it says error four oh four",
    "they sent me size forty two instead of thirty eight",
    "You have nineteen ninety nine on the website and twenty four ninety nine at the till.",
    "I drove two hundred miles for nothing.",
    "Sorry, could you say that again?",
    "the bill went up by twenty per cent",
    "My name was spelled wrong on the letter.",
    "about five thousand pounds are missing",
    "we were five people in two rooms for three nights",
    "This is the third time, and I am Tired of it.",
    "no one told me anything",
    "the technician comes between eight and twelve",
    "I read it on Google, it should take two days.",
    "my phone is broken since Monday",
    "the card was declined at the till",
];

/// Half of these are in no list of the crate.
const FIRST: [&str; 32] = [
    "Denise", "Martin", "Claire", "Yusuf", "Helena", "Oscar", "Priya", "Laura", "Simon", "Peter",
    "Nadia", "Sophie", "Ines", "Miriam", "Colin", "Amira", "Bronagh", "Thandeka", "Kwabena",
    "Siobhan", "Ngozi", "Aoife", "Rhiannon", "Temitope", "Anneke", "Torsten", "Zsofia", "Iolanda",
    "Caoimhe", "Emeka", "Ludmila", "Hyacinth",
];
const LAST: [&str; 24] = [
    "Kowalski",
    "McGuire",
    "Okafor",
    "Lindqvist",
    "Hale",
    "Mensah",
    "Tanaka",
    "Brandt",
    "Singh",
    "O'Brien",
    "Fernandes",
    "Nguyen",
    "Petrov",
    "Adeyemi",
    "Schneider",
    "Rossi",
    "Baker",
    "Shaw",
    "Whitfield",
    "Yilmaz",
    "Haddad",
    "Dubois",
    "Novak",
    "Castellanos",
];

const DIGITS: [&str; 10] =
    ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

/// `count` sentences, the same for the same seed.
pub(crate) fn sentences(seed: u64, count: usize) -> Vec<Sentence> {
    let mut rng = fastrand::Rng::with_seed(seed);
    (0..count).map(|_| sentence(&mut rng)).collect()
}

fn sentence(rng: &mut fastrand::Rng) -> Sentence {
    let template = if rng.u8(..10) < 7 { choose(rng, &WITH) } else { choose(rng, &WITHOUT) };
    let (mut text, mut gold) = (String::new(), Vec::new());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (slot, after) = after.split_once('}').expect("a slot ends");
        text.push_str(before);
        let start = text.len();
        text.push_str(&filled(rng, slot));
        let kind = if matches!(slot, "first" | "last") { "name" } else { slot };
        gold.push(Gold { kind: known(kind), at: start..text.len() });
        rest = after;
    }
    text.push_str(rest);
    // Some recognisers write no capitals and no full stops.
    if rng.u8(..10) < 3 {
        text = text.to_lowercase();
    }
    Sentence { text, gold }
}

fn known(kind: &str) -> &'static str {
    ["name", "card", "phone", "account"].into_iter().find(|known| *known == kind).expect("known")
}

fn choose<'a>(rng: &mut fastrand::Rng, list: &[&'a str]) -> &'a str {
    list[rng.usize(..list.len())]
}

fn filled(rng: &mut fastrand::Rng, slot: &str) -> String {
    match slot {
        "first" => choose(rng, &FIRST).to_owned(),
        "last" => choose(rng, &LAST).to_owned(),
        "name" => format!("{} {}", choose(rng, &FIRST), choose(rng, &LAST)),
        "card" => number(rng, "", 16, 4),
        "phone" => {
            let start = choose(rng, &["07", "01", "02", "0044"]);
            let rest = rng.usize(8..=9);
            number(rng, start, rest, 3)
        }
        "account" => {
            let digits = rng.usize(4..=9);
            number(rng, "", digits, 3)
        }
        _ => panic!("unknown slot {slot}"),
    }
}

/// `start` and `digits` more, in groups of `group`, in one of five ways of writing.
fn number(rng: &mut fastrand::Rng, start: &str, digits: usize, group: usize) -> String {
    let mut all: Vec<u8> = start.bytes().map(|b| b - b'0').collect();
    all.extend((0..digits).map(|_| rng.u8(..10)));
    let groups = all.chunks(group);
    match rng.u8(..5) {
        0 => groups.map(figures).collect::<Vec<_>>().join(" "),
        1 => groups.map(figures).collect::<Vec<_>>().join("-"),
        2 => figures(&all),
        3 => groups.map(|group| spoken(rng, group)).collect::<Vec<_>>().join(", "),
        _ => {
            let filler = choose(rng, &[" um ", " ", " ", " uh "]);
            groups.map(|group| spoken(rng, group)).collect::<Vec<_>>().join(filler)
        }
    }
}

fn figures(digits: &[u8]) -> String {
    digits.iter().map(|digit| char::from(b'0' + digit)).collect()
}

fn spoken(rng: &mut fastrand::Rng, digits: &[u8]) -> String {
    let mut words = Vec::new();
    let mut at = 0;
    while at < digits.len() {
        let word = match digits[at] {
            0 if rng.bool() => "oh",
            digit => DIGITS[usize::from(digit)],
        };
        if digits.get(at + 1) == Some(&digits[at]) && rng.bool() {
            words.push("double");
            at += 1;
        }
        words.push(word);
        at += 1;
    }
    words.join(" ")
}
