"""Sentences of service calls, written for this project as a small grammar.

GoEmotions is Reddit: it has no bank, no courier and no hold music. This grammar
supplies what is missing in the training set: the same everyday subject said
calmly, with irritation, in anger, in worry and with thanks, so that the model
learns that the subject is not the feeling. It is training material only; the
sentences the signals are measured on are written separately.
"""

import random

THING = """my order|my parcel|my delivery|my refund|my card|my account|my contract|my bill|
my invoice|my booking|my reservation|my flight|my luggage|my subscription|my internet|my router|
my phone line|my insurance claim|my payment|my transfer|my appointment|my ticket|my password|
my new phone|the replacement|the technician|my direct debit|my boiler repair|my seat|my upgrade|
my loyalty points|my voucher|my meter reading|my mortgage application|my prescription""".replace("\n", "").split("|")
LEN = """two hours|an hour|forty five minutes|three days|a week|two weeks|ten days|a month|
six weeks|all morning|half an hour|over two hours|almost a year|since monday|five months""".replace("\n", "").split("|")
COUNT = "second|third|fourth|fifth|sixth|tenth".split("|")
NUMBER = "twice|three times|four times|five times|six times|a dozen times|so many times".split("|")
WHO = "you|your company|you guys|you people|your staff|your colleagues|this company".split("|")
PLACE = "the app|the website|your site|the branch|the store|the airport|the portal|the hotline".split("|")
MONEY = "twenty dollars|fifty pounds|two hundred euros|nine ninety nine|eighty bucks|a hundred and ten dollars|a late fee|a change fee".split("|")
DAY = "monday|tuesday|next friday|the twelfth|tomorrow|this weekend|the end of the month|march".split("|")

REQUEST = """i'd like to check the status of {thing}|can you tell me where {thing} is|
i need to change the address on {thing}|could you help me with {thing} please|
i'm calling about {thing}|what documents do you need for {thing}|when will {thing} be ready|
is it possible to move {thing} to {day}|i would like to cancel {thing} please|
i want to cancel my card|can i cancel {thing} before {day}|how do i close my account|
how long does it usually take|can you send me the confirmation by email|
yes my account number is four four one two seven|my date of birth is the third of may|
can i pay by card|what are your opening hours on {day}|i have a question about {thing}|
please put it on my account|do you have anything available on {day}|i'd like two tickets for {day}|
can you update my phone number|which gate does it leave from|does {place} show the same price|
could you repeat the reference number please|i lost my card and need a new one|
i forgot my password for {place}|can i speak to the billing department|are there any fees for that|
what is the baggage allowance|how do i set up {thing} on {place}|i got a letter about {thing}|
are you still flying to boston on {day}|sure go ahead|no that's all|yes that's correct|
is there a direct flight on {day}|following you now please send me a message|i sent you the form on {day}|
i just moved house and need to update {thing}|what's the difference between the two plans|
could you check if {thing} was booked for {day}|i will call back on {day}|let me get my glasses|
is the offer still valid on {day}|any update on {thing}|do you fly to denver in the winter""".replace("\n", "").split("|")
AGENT = """thank you for calling how can i help you today|may i have your account number please|
can you confirm your postcode|i'm just pulling up your details|one moment please while i check|
i can see that {thing} is scheduled for {day}|is there anything else i can help you with|
the payment will leave your account on {day}|you will get an email within {len}|
i have updated the address for you|could you spell your last name|let me put you on a short hold|
that will be {money} in total|your reference number is eight two nine|i've sent you a text with a link|
we are open from nine to five|please have your card ready|i will transfer you to the right team""".replace("\n", "").split("|")
PROBLEM = """{thing} still has not arrived|{thing} was supposed to be here on {day}|
i was charged {money} and i don't know why|{place} doesn't let me log in|
i never got an answer to my email|{thing} has been cancelled without notice|
the technician did not show up|i have been waiting for {len}|{thing} arrived damaged|
i was charged twice for {thing}|{place} keeps crashing when i try to pay|the line just went dead|
nobody told me about {money}|i've been on hold for {len}|the website is down again|
my bag did not make it|we have been sitting here for {len}|the agent hung up on me|
i was promised a call back and nobody called|we missed our connection because of the delay|
{thing} is delayed again|the internet has been down for {len}|you sent me the wrong item|
they said {day} and it's still not here|i can't get through to anyone|no one is answering the phone|
your website won't let me change {thing}|there's no one at the counter|the price went up without any notice""".replace("\n", "").split("|")
REPEAT = """this is the {count} time i'm calling about this|i have already explained this {number}|
i've called {number} and nothing has changed|how many times do i have to explain this|
every time i call i get a different answer|i keep being passed from one person to the next|
i already told your colleague all of this|i've been going around in circles for {len}|
for the {count} time {thing} is wrong|we have been through this {number}|
you said that last time and nothing happened|same problem again and again|
i've been transferred {number} already|why do i have to repeat myself every single time|
it's been {len} and still nothing""".replace("\n", "").split("|")
ANGRY = """this is ridiculous|this is unacceptable|what kind of service is this|i'm sick of this|
{who} are useless|this is the worst service i have ever had|are you kidding me|
i am furious about this|stop giving me excuses|you are wasting my time|do you even listen|
how dare you charge me {money}|i want my money back now|this is an absolute joke|
{who} lied to me|don't tell me to calm down|i've had enough of {who}|
{who} should be ashamed|this is a complete rip off|i will never use {who} again|
that is not good enough|why can't {who} get one simple thing right|
are you serious {len} and nobody can fix it|fix this now|terrible service|
worst airline ever|your customer service is awful|no help whatsoever from {who}|
so rude and unhelpful|i am not paying {money} for this|get me someone who knows what they are doing|
you have got to be joking|i don't want to hear that again|{who} ruined our holiday""".replace("\n", "").split("|")
SARCASM = """great another delay|wonderful now {thing} is gone too|oh brilliant that's just what i needed|
thanks for nothing|nice job losing {thing}|well done you did it again|
so helpful as always|love waiting for {len} on hold|thanks for ruining my day|
fantastic so i just wait another {len}|awesome service {len} on the phone for nothing|
glad to see nothing has changed|way to go cancelling {thing}|yeah thanks a lot that helps nobody""".replace("\n", "").split("|")
SAD = """i'm really disappointed with {who}|i expected better from {who}|
that's such a shame we were looking forward to it|we missed my father's funeral because of this|
i don't know what to do anymore|i feel let down|it's very disappointing after ten years as a customer|
i give up|honestly i'm just tired of it all|my mother passed away and i need to close her account|
it broke my heart to miss it|i'm so unhappy with {thing}|it's my daughter's birthday and nothing came""".replace("\n", "").split("|")
FEAR = """i'm worried that my money is gone|i'm scared someone got into my account|
i'm really nervous about {thing}|please i need that money for rent on {day}|
i'm afraid i'll miss my connection|what if it doesn't come in time|
i'm anxious because i need my medication|i think someone stole my identity and i'm panicking|
i can't sleep because of this|am i going to lose everything""".replace("\n", "").split("|")
DISGUST = """the room was filthy|that is disgusting|there was mould all over it|the food made me sick|
the toilet on board was revolting|gross there was hair in it|the smell was unbearable|
that is a sickening way to treat people""".replace("\n", "").split("|")
SURPRISE = """oh wow i did not expect that|really that fast|seriously it's already done|
i had no idea|wait what that can't be right|oh that's a surprise|no way that quick""".replace("\n", "").split("|")
THANKS = """thank you so much|thanks a lot for your help|i really appreciate it|you've been very helpful|
that's perfect thank you|you're a lifesaver|great thanks for sorting that out|
thank you for being so patient|cheers that's brilliant|thanks for the quick reply""".replace("\n", "").split("|")
HAPPY = """it works now|that fixed it|oh great that's exactly what i needed|wonderful|
i'm very happy with {thing}|what a relief it's all sorted|excellent service as always|
best customer service i've had|you made my day|so glad that's done|awesome crew today|
love flying with {who}|{who} have been great|we had a lovely flight|the lady at {place} was amazing|
fantastic news|i'm so excited for {day}|smooth flight and friendly staff""".replace("\n", "").split("|")
APOLOGY = """i'm so sorry about that|i apologise for the inconvenience|sorry for the long wait|
i'm very sorry to hear that|please accept our apologies|i do apologise about the delay|
i understand how frustrating that must be|i can hear that this has been difficult|
i completely understand|i would feel the same in your place""".replace("\n", "").split("|")

# kind: (phrases, emotions, tone distribution, valence distribution, share of the sample).
# None masks a head: the grammar has no opinion there.
KINDS = {
    "request": (REQUEST, ["neutral"], [1, 0, 0, 0, 0, 0, 0], [0, 1, 0], 0.24),
    "agent": (AGENT, ["neutral"], [1, 0, 0, 0, 0, 0, 0], [0, 1, 0], 0.06),
    "problem": (PROBLEM, None, [0.65, 0.25, 0, 0.1, 0, 0, 0], [0.8, 0.2, 0], 0.14),
    "repeat": (REPEAT, ["annoyance"], [0.15, 0.85, 0, 0, 0, 0, 0], [1, 0, 0], 0.08),
    "angry": (ANGRY, ["anger", "annoyance"], [0, 1, 0, 0, 0, 0, 0], [1, 0, 0], 0.12),
    "sarcasm": (SARCASM, ["annoyance"], [0.1, 0.9, 0, 0, 0, 0, 0], [1, 0, 0], 0.05),
    "sad": (SAD, ["disappointment", "sadness"], [0, 0.15, 0, 0.85, 0, 0, 0], [1, 0, 0], 0.05),
    "fear": (FEAR, ["fear", "nervousness"], [0, 0, 0, 0, 1, 0, 0], [1, 0, 0], 0.04),
    "disgust": (DISGUST, ["disgust"], [0, 0.1, 0, 0, 0, 0.9, 0], [1, 0, 0], 0.02),
    "surprise": (SURPRISE, ["surprise"], [0.1, 0, 0, 0, 0, 0, 0.9], [0, 1, 0], 0.02),
    "thanks": (THANKS, ["gratitude"], [0, 0, 1, 0, 0, 0, 0], [0, 0, 1], 0.07),
    "happy": (HAPPY, ["joy"], [0, 0, 1, 0, 0, 0, 0], [0, 0, 1], 0.08),
    "apology": (APOLOGY, None, [0.8, 0, 0, 0.2, 0, 0, 0], [0, 1, 0], 0.03),
}
OPENERS = ["", "", "", "", "hello ", "hi ", "look ", "listen ", "okay ", "yes ", "so ", "excuse me "]
# Which kinds may follow one another in one turn; the last one gives the feeling.
LEADS = {
    "angry": ["problem", "repeat", "request"], "repeat": ["problem", "request"],
    "sarcasm": ["problem"], "sad": ["problem"], "fear": ["problem", "request"],
    "disgust": ["problem"], "thanks": ["happy"], "happy": ["thanks", "surprise"],
    "apology": ["agent"], "request": ["request"], "problem": ["request"],
}


def fill(phrase, rng):
    """One phrase with its slots filled."""
    for slot, words in (("thing", THING), ("len", LEN), ("count", COUNT), ("number", NUMBER),
                        ("who", WHO), ("place", PLACE), ("money", MONEY), ("day", DAY)):
        while "{" + slot + "}" in phrase:
            phrase = phrase.replace("{" + slot + "}", rng.choice(words), 1)
    return phrase


def written(parts, rng):
    """The parts as one turn, with case and punctuation half of the time."""
    if rng.random() < 0.5:
        return " ".join(parts)
    ends = [rng.choice([".", ".", "!", "?" if part.startswith(("can", "how", "what", "when", "is ", "do", "are", "could", "why", "which")) else "."]) for part in parts]
    return " ".join(part[:1].upper() + part[1:] + end for part, end in zip(parts, ends))


def sentences(count, seed):
    """`count` triples of text, kind and (emotions, tone, valence)."""
    rng = random.Random(seed)
    kinds = list(KINDS)
    weights = [KINDS[kind][4] for kind in kinds]
    seen, out = set(), []
    while len(out) < count:
        kind = rng.choices(kinds, weights)[0]
        phrases, emotions, tone, valence, _ = KINDS[kind]
        parts = [fill(rng.choice(phrases), rng)]
        if kind in LEADS and rng.random() < 0.45:
            lead = rng.choice(LEADS[kind])
            parts.insert(0, fill(rng.choice(KINDS[lead][0]), rng))
        parts[0] = rng.choice(OPENERS) + parts[0]
        text = written(parts, rng)
        if text in seen and rng.random() < 0.9:
            continue
        seen.add(text)
        out.append((text, kind, (emotions, tone, valence)))
    return out
