"""The words of leaving, as parts of regular expressions over plain, lower-case sentences.

In such a sentence every word is in plain form, a pause is ``,`` and a company is a mark such as
``OWN0`` (see ``brands.Kind``). Every repetition is bounded, so a search is linear in the words.
"""

import re

COMPANY_MARK = r"(?:OWN|RIVAL|NAME|CAP|WHO)\d+"

# What a customer has with a company. Ending it ends the relationship.
BOND = (
    r"(?:subscriptions?|accounts?|contracts?|memberships?|plan|services?|polic(?:y|ies)|lines?"
    r"|sims?|broadband|internet|wi-?fi|fib(?:re|er)|cable|premium|pro|trial|cards?|app|tv|package"
    r"|licen[cs]es?|licencing|seats?|workspaces?|tenancy|direct debits?|standing orders?|pass"
    r"|auto-?renew(?:al)?s?|autopay|auto-?pay|profile|agreements?|landline|overdraft|mortgage"
    r"|bundle|insurance|phone plan|streaming)"
)
# What a customer takes along.
MOVABLE = (
    r"(?:savings|deposits?|salary|payroll|payments?|billing|custom|business|everything|data|files?"
    r"|playlists?|projects?|repos?|shipments?|shipping|parcels|mobiles?|funds|money|wages|numbers?"
    r"|mortgage|accounts?|lines?|workspaces?|team|company|portfolio|direct debits?)"
)
# What a company is to its customers.
COMPANY = (
    r"(?:banks?|carriers?|providers?|airlines?|networks?|isps?|suppliers?|insurers?|compan(?:y|ies)"
    r"|operators?|couriers?|platforms?|vendors?|suites?|credit unions?|building societ(?:y|ies)"
    r"|telcos?|services?|apps?|tools?|software|streamers?|streaming services?|competitors?|rivals?"
    r"|competition|stores?|shops?|brands?|firms?|phone compan(?:y|ies))"
)
YOU = (
    r"(?:you(?: (?:guys|all|lot|people|clowns|idiots|folks))?|them|these (?:people|guys|clowns"
    r"|idiots|crooks|thieves)|this (?:lot|place|bunch|circus|shower|joke)|those (?:clowns|guys)"
    r"|that lot)"
)
IT = r"(?:it|this|that|mine|ours|yours|both|all of it|the whole thing)"
ELSEWHERE = (
    r"(?:elsewhere|somewhere else|someone else|somebody else|anywhere else|other (?:options|places)"
    r"|(?:a |the |your |another |one of your )?(?:competitors?|competition|rivals?)|next door"
    r"|(?:someone|somebody|a company|people|anyone|one) (?:that|who) (?:\S+ )?(?:cares?|answers?"
    r"|works?|knows?|values?|treats?|delivers?|gives?|respects?))"
)
# Things that can be cancelled, left or moved without leaving a company.
THING = (
    r"(?:orders?|flights?|appointments?|meetings?|trips?|reservations?|bookings?|classe?s?|trains?"
    r"|shows?|series|concerts?|gigs?|seasons?|episodes?|games?|match(?:es)?|plans|dates?|dinners?"
    r"|lunch(?:es)?|part(?:y|ies)|school|tickets?|rides?|deliver(?:y|ies)|holidays?|vacations?"
    r"|hotels?|transactions?|transfer|interviews?|culture|noise|house|home|work|office|town"
    r"|city|country|earth|world|planet|room|building|gym|airport|station|job|team|band|league|club"
    r"|kitchen|door|lights?|tap|stove|oven|radio|tab|window|laptop|phone|computer|keys?|wallet"
    r"|bag|umbrella|review|reviews|message|messages|voicemail|comment|comments|note|tip|feedback"
    r"|smoking|drinking|vaping|sugar|coffee|caffeine|meat|drugs|weed|cigarettes|alcohol|gluten"
    r"|group|groups|chat|university|college|uni|course|exams?|homework|shift|church|army|navy"
    r"|bed|hospital|hair|sides|lanes?|seat|desk|decaf|milk|majors?|emails?|mails?|newsletters?"
    r"|photos?|pics?|pictures?|tweets?|posts?|videos?|songs?|playlist|threads?|history|cookies"
    r"|cache|contacts?|number plates?|topic|subject|channel|channels|driver|drivers|slot|stop"
    r"|calls?|connection|seconds?|minutes?|hours?|add-?ons?|shipment|parcel|package|item|items"
    r"|refund|request|webinar|event|events|tour"
    r"|election|debate|practice|training|lesson|lessons|autoplay|notifications?|subtitles"
    r"|address|password|pin|username|settings?|language|theme|mode|payment method|shower|car|bus"
    r"|out of office)"
)
# What "leaving" is followed by where nobody is left.
NOBODY = (
    r"(?:weekend|monday|tuesday|wednesday|thursday|friday|saturday|sunday|early|earlier|soon|late"
    r"|later|alone|behind|me|him|her|us|at|in|for the|to go|on time|out)"
)
PLAN_CHANGE = (
    r"(?:annual|yearly|monthly|bigger|smaller|premium|family|unlimited|student|paperless|basic"
    r"|free|paid|weekly|business|pro|dark|light|standard|duo|eco)"
)
ADVERBS = (
    r"(?:(?:just|finally|officially|now|also|then|already|really|seriously|permanently|totally"
    r"|completely|so|probably|definitely|actually|immediately|gladly|happily|straight|right|even"
    r"|both|simply|basically|honestly|literally|soon|all|pretty|fucking|absolutely|well and truly"
    r"|over|across|back|away) ){0,3}"
)
DETERMINERS = (
    r"(?:(?:my|our|the|this|that|your|their|a|an|all|both|every|any|of|these|those|other|old|whole"
    r"|entire|current|stupid|damn|bloody|fucking|useless|crappy|shitty|pathetic|overpriced"
    r"|existing|with|from|using|paying(?: for)?|rid of|on) ){0,4}"
)
_NO_FILLER = (
    r"(?!(?:at|in|to|for|on|with|from|of|and|or|but|because|if|is|was|i|we|they|are|when|as|until"
    r"|before|after|while|since|that|so|by|like|about|than|not|will|his|her|me|him)\b"
    rf"|{THING} (?!(?:memberships?|subscriptions?|accounts?|contracts?|plan|polic|insurance|pass"
    r"|card|line|bank|service|compan|provider|carrier)))"
)
FILLERS = rf"(?:{_NO_FILLER}[a-z0-9'&-]+ ){{0,2}}?"
OTHER_COMPANY = (
    rf"(?:(?:another|an other|a (?:\S+ )?(?:new|different|better|cheaper|decent|proper|real|rival)|"
    rf"new|different|better|other|cheaper) (?:\S+ ){{0,2}}?(?:{COMPANY}|one)|{ELSEWHERE})"
)

PRAISE = re.compile(
    r"\b(?:love|loving|great|amazing|best|thanks|thank|happy|happier|dream|brilliant|smooth|awesome"
    r"|better|wow|glad|excellent|fantastic|worth|perfect|impressed|night and day|nice|good)\b"
)
# Something went wrong, or a service is being talked about.
COMPLAINT = re.compile(
    r"\b(?:worst|terrible|awful|useless|garbage|trash|rubbish|joke|ridiculous|pathetic|disgust\w*"
    r"|shocking|appalling|unacceptable|horrible|horrendous|crap\w*|shit\w*|suck\w*|hate|fail\w*"
    r"|broken?|broke|outages?|crash\w*|buffering|delay\w*|late|lost|losing|overcharg\w*|charged"
    r"|hidden|fees?|price (?:hike|rise|increase)\w*|hik\w+|raised?|rude|ignor\w+|on hold|waiting"
    r"|no (?:signal|internet|reply|answer|response|service|apology)|down|slow|buggy|scam\w*"
    r"|rip-?off|robb\w+|thie\w+|insane|nuts|greedy|tired|sick|fed up|enough|disappoint\w*"
    r"|frustrat\w*|annoy\w*|angry|furious|never (?:works?|answers?)|third time|straw|overpriced"
    r"|unusable|nightmare|incompeten\w*|lies|lied|liars?|clowns?|crooks?|unreliable|again|refund"
    r"|expensive|ads|pants|dire|dead|weak|poor|patchy|lag(?:s|gy|ging)?|spotty|burned|burnt|mess"
    r"|bugs?|locked|missed|missing|damaged|cold|no-?show|unable|nobody|complain\w*)\b"
)
DOMAIN = re.compile(
    rf"\b(?:{BOND}"
    r"|customers?|customer service|support|bills?|billing|signal|coverage|outages?|data|providers?"
    r"|carriers?|banks?|airlines?|flights?|fly|flying|couriers?|fees?|refund\w*|subscribers?|stream"
    r"|buffering|router|apps?|updates?|overdraft|delivery|deliver(?:ed|ies)|orders?|ordering"
    r"|isp|network|roaming|agent|chatbot|helpline|invoice|charged|pricing|prices?|hold|luggage"
    r"|installed?|engineers?|technicians?|loan|fraud|statement|tracking|parcels?|crew|boarding"
    r"|check-?in"
    r"|lounge|legroom|loyalty|catalog(?:ue)?|version|server|cloud|sync(?:s|ing)?|errors?|5g|4g"
    r"|speeds?"
    r"|website|features?|log ?in|password|wifi|wi-fi|shows?|streaming"
    r"|suitcase|bags?|months?|competitors?|(?:years?|months?|decade|weeks?) (?:with|as a"
    r"|of being))\b"
)
