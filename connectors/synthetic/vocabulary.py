"""English phrases that the templates choose among."""

ISSUES: dict[str, tuple[str, ...]] = {
    "app": (
        "the app crashes {when}",
        "the app logs me out {when}",
        "the latest update broke the {feature}",
        "the {feature} screen just shows a spinner {when}",
        "I get an error code nobody can explain {when}",
        "the app eats half my battery since {since}",
        "push notifications arrive {late}",
        "the app has been stuck on the splash screen since {since}",
        "two factor codes never arrive {when}",
        "dark mode makes the {feature} page unreadable",
        "the app asks me to sign in again {when}",
        "the widget shows numbers from {since}",
    ),
    "web": (
        "the site has been throwing errors since {since}",
        "the {feature} page on the website does not load",
        "the password reset mail takes {wait}",
        "the form loses everything I typed {when}",
        "the help pages about the {feature} are from another decade",
    ),
    "store": (
        "the queue in the store on {street} took {wait}",
        "the staff in the {city} store had no idea about the {feature}",
        "the store on {street} was closed when the website said open",
        "they sold me a display unit in the {city} store",
        "the store refused my return because of {excuse}",
        "nobody in the {city} branch could fix the {feature}",
        "I went to the store {times} and it was out of stock {times}",
        "the guy at the counter rolled his eyes when I asked about the {feature}",
        "price in the store was not the price on the tag",
    ),
    "phone": (
        "I was on hold for {wait}",
        "the hotline hung up on me {times}",
        "I have explained the {feature} problem to {people} different people",
        "the callback they promised {since} never came",
        "phone support transferred me {times} and then the line went dead",
        'the agent told me the {feature} is "working as intended"',
        "the phone menu has no option for the {feature}",
        "they blamed {excuse} on the phone, again",
        "the hold music is burned into my brain after {wait}",
    ),
    "chat": (
        "the chat bot keeps sending me the same article about the {feature}",
        "I have been number {people} in the chat queue for {wait}",
        "live chat closed on me {times}",
        "the chat agent copy pasted {excuse} and left",
        "your chat support asked for my order number {times}",
        "the bot does not understand the word refund",
        "chat says an agent will join in {wait} and nobody does",
        "the chat transcript they promised {since} never arrived",
    ),
    "delivery": (
        "my order arrived {late}",
        "the courier left the parcel in the rain on {street}",
        'tracking has said "out for delivery" since {since}',
        "the courier marked it as delivered and there is nothing here",
        "the parcel went to the wrong address {times}",
        "the driver rang once and was gone in {seconds} seconds",
    ),
}

_SHOPPING = (
    "checkout on the website fails {when}",
    "the website forgets my basket {when}",
    "the website charged me {times} for one order",
    "your cookie banner covers the pay button {when}",
    "the discount code stops working right at checkout",
)
ISSUES_OF_KIND: dict[tuple[str, str], tuple[str, ...]] = {
    ("web", "food"): _SHOPPING,
    ("web", "device"): _SHOPPING,
    ("web", "bank"): (
        "the statement on the website is missing a week",
        "the website signs me out {when}",
        "a transfer on the website went out {times}",
    ),
    ("web", "network"): (
        "the website shows me somebody else's bill",
        "the coverage map on the website is pure fantasy",
        "the contract page times out {when}",
    ),
    ("delivery", "food"): (
        "the ice packs were warm and so was the food",
        "everything in the box was crushed",
        "the box came with half of it missing",
        "the delivery slot was moved {times} without asking",
        "they swapped my milk for oat cream without asking",
    ),
    ("delivery", "device"): (
        "the seal on the box was already broken",
        "the box came without the charger",
    ),
    ("delivery", "bank"): (
        "the new card was sent to my old address",
        "the envelope with my card was open",
    ),
}
"""What goes wrong only with some kinds of product, by channel and kind."""

PHRASES: dict[str, tuple[str, ...]] = {
    "when": (
        *("every single time", "whenever I open the {feature}", "on every second try", "at login"),
        *("right when I need it", "after the update", "on hotel wifi", "in the middle of paying"),
        *("as soon as I leave the house", "every morning", "for no reason", "since last night"),
    ),
    "since": (
        *("Monday", "Tuesday", "last Friday", "yesterday", "this morning", "the weekend"),
        *("the last release", "two weeks ago", "early March", "before lunch", "last month"),
    ),
    "wait": (
        *("{minutes} minutes", "an hour", "over an hour", "two hours", "half a day", "ages"),
        *("{minutes} minutes exactly", "my whole lunch break", "the length of a movie"),
    ),
    "minutes": ("12", "17", "22", "25", "34", "38", "41", "47", "52", "55", "58", "73", "90"),
    "seconds": ("three", "five", "ten", "eight"),
    "times": ("twice", "three times", "four times", "again", "five times now", "once more"),
    "people": ("three", "four", "five", "six", "nine", "11", "14", "23"),
    "late": (
        *("two days late", "a week late", "{minutes} minutes late", "at 6 in the morning"),
        *("after the event it was for", "three hours late", "long after I had given up"),
    ),
    "excuse": (
        *('"system maintenance"', "the weather", "a missing sticker", '"high demand"'),
        *("a computer error", "my own settings", "the other department", '"company policy"'),
    ),
    "opener": (
        *("Hey {brand},", "So,", "Honestly,", "Ok", "Well,", "@{brand}", "Dear {brand},", "Ugh,"),
        *("Day {people} with {product}:", "{city} here:", "Update:", "Quick one:", "Look,"),
        *("Not gonna lie,", "To be fair,", "Hi @{brand},", "PSA:", "Hmm,", "Listen {brand},"),
    ),
    "good": (
        *("great", "brilliant", "so good", "fantastic", "really solid", "lovely", "superb"),
        *("surprisingly good", "a joy to use", "rock solid", "excellent", "spot on", "amazing"),
        *("way better than I expected", "the best part", "flawless so far"),
    ),
    "fine": ("great", "good", "brilliant", "fantastic", "solid", "lovely", "smooth", "amazing"),
    "poor": ("bad", "slow", "awful", "unreliable", "confusing", "expensive", "buggy", "clumsy"),
    "bad": (
        *("awful", "terrible", "a joke", "useless", "so slow", "really disappointing", "broken"),
        *("a mess", "unreliable", "worse every week", "painful", "not good enough", "garbage"),
    ),
    "love": ("love", "really like", "adore", "am so happy with", "am obsessed with", "enjoy"),
    "goodclose": (
        *(
            "Well done.",
            "Keep it up!",
            "Five stars.",
            "Made my day.",
            "Would buy again.",
            "Thanks!",
        ),
        *("Worth every cent.", "More of this please.", "10/10.", "Chapeau.", "Can recommend."),
        *("My whole family uses it now.", "No complaints.", "Very happy customer here.", "Cheers!"),
    ),
    "badclose": (
        *("Please fix this.", "Not ok.", "Is anyone even reading this?", "I expected better."),
        *("How hard can it be?", "Any update?", "This is getting old.", "Sort it out.", "Tired."),
        *("I pay for this every month.", "Who tests this stuff?", "Really not impressed.", "Why?"),
        *("Still waiting.", "I want my money back.", "Third time this month.", "Do better."),
    ),
    "angryclose": (
        *("Unacceptable.", "Absolutely furious.", "What a disgrace.", "I am done being polite."),
        *("Fix it NOW.", "I want a manager.", "This is a scam.", "Worst service in {city}."),
        *("Shame on you, {brand}.", "I am so angry right now.", "Enough is enough."),
    ),
    "leave": (
        *("I am cancelling my {product}", "I'm switching to {rival}", "we are moving to {rival}"),
        *("I will cancel by the end of the month", "time to close my {brand} account"),
        *(
            "I'm done with {brand}",
            "I am porting out tomorrow",
            "my contract ends in May and so do we",
        ),
        *("seriously thinking about switching to {rival}", "how do I cancel {product}?"),
        *("I just asked for a cancellation form", "unsubscribing today", "looking at {rival} now"),
    ),
    "activity": (
        *("on the train", "at work", "on holiday in {city}", "with the kids", "during a long run"),
        *("at 3 am", "on my commute", "while cooking", "at the airport", "in the rain"),
    ),
    "span": (
        *("a week", "two weeks", "a month", "three months", "half a year", "a year", "two years"),
        *("ten days", "almost five years", "one weekend"),
    ),
}
