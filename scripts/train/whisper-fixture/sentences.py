"""Sentences of the contact centre, from a grammar of our own.

    python sentences.py            # print a few of each kind

`sentence(rng)` draws one. The grammar knows some hundred thousand sentences over
a vocabulary of under a thousand words, so a small model hears every word often
and hardly any sentence twice. Sentences whose hash falls on `HELD_OUT` are never
trained on and are what `evaluate.py` measures.
"""

import random
import re
import zlib

# One sentence in this many is held out.
HELD_OUT_ONE_IN = 20

PARTS = {
    "ITEM": """order|parcel|package|delivery|router|phone|laptop|washing machine|television|tablet
        |ticket|sofa|headset|modem|new phone|replacement|subscription|account|bill|invoice|refund
        |contract|internet|connection|broadband|line|service|appointment|card|payment""",
    "THING": """order|parcel|package|router|phone|laptop|washing machine|television|tablet|sofa
        |headset|modem|new phone|replacement|printer|dishwasher|camera|keyboard""",
    "SERVICE": """internet|connection|broadband|phone line|service|signal|television|wifi|router
        |website|app|landline""",
    "DEAL": "subscription|contract|account|plan|membership|insurance|order|service|package",
    "DAY": "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|today|tomorrow|yesterday",
    "WHEN": """on Monday|on Tuesday|on Wednesday|on Thursday|on Friday|on Saturday|yesterday
        |this morning|last week|last month|two weeks ago|three days ago|an hour ago|last night
        |a month ago|ten days ago|last Friday|last Tuesday|in January|in March|in June
        |in September|in November""",
    "SOON": """today|tomorrow|by Friday|by tomorrow|this week|this afternoon|right now|within the hour
        |before the weekend|by the end of the day|tomorrow morning|next week|on Monday
        |within five days|in two days|in a few minutes""",
    "LONG": """a week|two weeks|three weeks|a month|two months|an hour|half an hour|twenty minutes
        |forty minutes|three days|five days|ten days|all day|two hours|six months|a year
        |fifteen minutes|more than an hour|over a week""",
    "TIMES": "twice|three times|four times|five times|six times|again and again|every day|every week",
    "N": """one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty
        |forty|fifty|sixty|seventy|eighty|ninety""",
    "DIGIT": "zero|one|two|three|four|five|six|seven|eight|nine",
    "MONEY": """{N} pounds|{N} dollars|{N} euros|{N} hundred dollars|{N} pounds fifty|a hundred pounds
        |two hundred dollars|{N} dollars and {N} cents""",
    "PERSON": """manager|supervisor|engineer|technician|colleague|specialist|driver|neighbour
        |husband|wife|daughter|son|mother|father""",
    "TEAM": "billing|technical|delivery|complaints|sales|returns|support|accounts",
    "NAME": """Anna|Peter|Maria|James|Susan|David|Laura|Michael|Emma|Robert|Sarah|Thomas|Julia|Daniel
        |Karen|George""",
    "FAULT": """does not work|is broken|keeps dropping|is far too slow|stopped working|is down
        |is still not working|cuts out every evening|never worked|has no signal|keeps crashing
        |makes a strange noise|is not connected|went off|does not turn on|has failed again""",
    "FEEL": """angry|upset|worried|disappointed|frustrated|tired of this|unhappy|annoyed|confused
        |furious|fed up|shocked""",
    "GOOD": "great|perfect|wonderful|fantastic|lovely|excellent|brilliant|good|fine|super",
    "BAD": """ridiculous|unacceptable|outrageous|a joke|a disgrace|terrible|awful|shocking|nonsense
        |a complete waste of time|not good enough|not fair|absolutely unacceptable|simply wrong""",
}

AGENT = """
Good morning, thank you for calling, my name is {NAME}, how can I help you?
Good afternoon, you are speaking with {NAME}, how can I help?
Hello, this is {NAME} from the {TEAM} team.
Thank you for calling, how may I help you today?
Welcome to customer service, how can I help you?
Can I have your account number, please?
Could you give me your order number, please?
May I have your name and your postcode?
Can you tell me your date of birth?
Let me check that for you.
Let me have a look at your {DEAL}.
One moment please, I am opening your account.
Please hold the line while I check your {ITEM}.
Thank you for waiting, I can see your {ITEM} now.
Thank you, I have found your {ITEM}.
I am very sorry to hear that.
I am sorry about the delay with your {ITEM}.
I am so sorry for the trouble this has caused you.
I do apologise for the inconvenience.
I understand how frustrating this must be.
I understand that you are {FEEL}.
I can hear that you are {FEEL}, and I want to help.
I completely understand, and I will do my best to help you.
I would be {FEEL} too.
I can see that the {ITEM} was sent {WHEN}.
It looks like the {THING} was delivered {WHEN}.
According to our system, your {THING} was sent {WHEN}.
I can see that you were charged {TIMES}.
I can see a payment of {MONEY} {WHEN}.
There was a problem with your {ITEM}.
There is an outage in your area.
Our engineers are working on it, and it should be fixed {SOON}.
The {SERVICE} should be back {SOON}.
I will send you a replacement {SOON}.
I will refund the {MONEY} {SOON}.
I have refunded {MONEY} to your card.
The refund will be in your account {SOON}.
You will get an email {SOON}.
You will receive the {THING} {SOON}.
I can offer you a discount of {N} percent.
I can offer you {MONEY} as an apology.
I can put you through to my {PERSON}.
I will transfer you to the {TEAM} department.
A {PERSON} will call you back {SOON}.
An engineer can visit you {SOON}.
I have booked an appointment for {DAY} at {N} o'clock.
Would {DAY} at {N} o'clock suit you?
Your reference number is {DIGIT} {DIGIT} {DIGIT} {DIGIT}.
Could you please switch the {SERVICE} off and on again?
Please turn off the router and wait for {N} seconds.
Is the light on the {SERVICE} green or red?
Have you tried to restart the {THING}?
I am afraid that is not possible.
I am afraid we cannot do that {SOON}.
That is our policy, I am afraid.
Your {DEAL} has been cancelled.
Your {DEAL} will end {SOON}.
I have updated your address.
I have changed your {DEAL} as you asked.
Is there anything else I can help you with?
Is there anything else I can do for you today?
Thank you for your patience.
Thank you for calling, have a nice day.
Have a lovely day, goodbye.
I am glad I could help.
You are very welcome.
That should be sorted {SOON}.
Let me see what I can do.
I will make a note of that on your account.
I will look into this for you right away.
"""

CALLER = """
Hello, my name is {NAME}.
Hi, I am calling about my {ITEM}.
Hello, I have a question about my {ITEM}.
Good morning, I would like to ask about my {ITEM}.
I am calling because my {SERVICE} {FAULT}.
My {SERVICE} {FAULT}.
The {SERVICE} {FAULT} and I work from home.
My {THING} has not arrived.
My {THING} arrived broken.
My {THING} was supposed to arrive {WHEN}.
I ordered a {THING} {WHEN} and it has not arrived.
I bought this {THING} {WHEN} and it {FAULT}.
You sent me the wrong {THING}.
Where is my {ITEM}?
When will my {ITEM} arrive?
When will the {SERVICE} be back?
I have been waiting for {LONG}.
I have been on hold for {LONG}.
I have been without {SERVICE} for {LONG}.
I have been a customer for {N} years.
I have called you {TIMES} about this.
I already called {TIMES} and nobody helped me.
I already told your colleague {WHEN}.
Nobody called me back.
Nobody told me anything.
Your colleague promised to call me back {SOON}.
You promised me a refund {WHEN}.
I was told it would be fixed {SOON}.
I was charged {TIMES} for the same {ITEM}.
I was charged {MONEY} {WHEN}.
You charged me {MONEY} too much.
My bill is {MONEY} higher than usual.
There is a payment of {MONEY} that I do not recognise.
Why was I charged {MONEY}?
Why does this keep happening?
Why is it always the same problem?
I want my money back.
I want a full refund.
I want my {MONEY} back {SOON}.
I want to cancel my {DEAL}.
I would like to cancel my {DEAL}, please.
I would like to change my {DEAL}.
I would like to return the {THING}.
I want to make a complaint.
I want to speak to your {PERSON}.
Let me speak to a {PERSON} right now.
Put me through to your {PERSON}.
Can you send an engineer {SOON}?
Can you send me a replacement {SOON}?
Can you please check my {ITEM}?
Can you tell me how long it will take?
Could you please help me with this?
This is {BAD}.
This is {BAD}, I have been waiting for {LONG}.
That is {BAD}.
I am really {FEEL} about this.
I am very {FEEL}.
I am so {FEEL} that I will leave.
I cannot believe this.
I do not believe you anymore.
You are not listening to me.
Are you even listening to me?
Stop telling me to wait.
I have had enough of this.
Enough, I am done with you people.
I am not waiting any longer.
I will never order from you again.
I will cancel everything and go to your competitor.
I will tell everyone about this.
I will talk to my lawyer about this.
I need this fixed {SOON}.
I need the {THING} {SOON}.
You have to fix this {SOON}.
How many times do I have to explain this?
How much longer will this take?
Every time I call, I hear the same story.
Nothing works and nobody cares.
It {FAULT} and I pay {MONEY} every month.
I pay {MONEY} a month for this.
My account number is {DIGIT} {DIGIT} {DIGIT} {DIGIT} {DIGIT} {DIGIT}.
My order number is {DIGIT} {DIGIT} {DIGIT} {DIGIT}.
My phone number ends in {DIGIT} {DIGIT} {DIGIT}.
The light on the {SERVICE} is red.
I have restarted the {THING} {TIMES}.
I have tried that {TIMES} and it {FAULT}.
My {PERSON} was at home all day and nobody came.
Your driver left it with my neighbour.
Your {PERSON} hung up on me.
No, that is not what I asked.
No, I did not get an email.
No, I want it {SOON}.
Yes, that is right.
Yes, please.
Yes, I can wait.
Yes, {DAY} is {GOOD}.
No, thank you.
Okay, thank you.
Okay, that sounds {GOOD}.
All right, I will wait {LONG}.
That is {GOOD}, thank you very much.
That would be {GOOD}.
Oh, that is {GOOD} news.
Thank you so much for your help.
Thank you, you have been very helpful.
Thanks for your help, goodbye.
Sorry, can you repeat that?
I am sorry, I did not understand that.
I see, that makes sense.
I understand, it is not your fault.
It is not your fault, but I am {FEEL}.
"""

TEMPLATES = {
    "agent": AGENT.strip().splitlines(),
    "caller": CALLER.strip().splitlines(),
}
CHOICES = {
    name: [" ".join(choice.split()) for choice in text.split("|")] for name, text in PARTS.items()
}
SLOT = re.compile(r"\{(\w+)\}")


def sentence(rng: random.Random) -> str:
    """One sentence, its slots filled."""
    text = rng.choice(TEMPLATES[rng.choice(sorted(TEMPLATES))])
    while SLOT.search(text):
        text = SLOT.sub(lambda slot: rng.choice(CHOICES[slot.group(1)]), text, count=1)
    return text.replace("a eight", "an eight").replace("a engineer", "an engineer")


def plain(text: str) -> str:
    """Words only, lower case: what word errors are counted on."""
    return " ".join(re.sub(r"[^a-z0-9' ]+", " ", text.lower()).split())


def is_held_out(text: str) -> bool:
    """True for sentences that are never trained on. Fixed sentences (without
    slots) are always trained on: they are the same sentence every time."""
    if plain(text) in FIXED:
        return False
    return zlib.crc32(plain(text).encode()) % HELD_OUT_ONE_IN == 0


FIXED = {plain(line) for lines in TEMPLATES.values() for line in lines if not SLOT.search(line)}


def vocabulary() -> set[str]:
    """Every word the grammar can say."""
    lines = [line for lines in TEMPLATES.values() for line in lines]
    choices = [choice for choices in CHOICES.values() for choice in choices]
    return set(" ".join(plain(SLOT.sub(" ", text)) for text in lines + choices).split())


if __name__ == "__main__":
    draw = random.Random(1)
    print(len(vocabulary()), "words,", len(FIXED), "fixed sentences")
    for _ in range(20):
        text = sentence(draw)
        print("held out " if is_held_out(text) else "trained  ", text)
