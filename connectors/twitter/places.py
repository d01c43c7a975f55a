"""Where a post is from: the place it is tagged with, else what its author's profile says plainly.

Countries have their English names, as in ``dataflows/taxonomy.toml``.
"""

import re
from collections.abc import Mapping
from typing import Any

_COUNTRIES = """
AE United Arab Emirates; AL Albania; AM Armenia; AO Angola; AR Argentina; AT Austria;
AU Australia; AZ Azerbaijan; BA Bosnia and Herzegovina; BD Bangladesh; BE Belgium;
BG Bulgaria; BH Bahrain; BO Bolivia; BR Brazil; BW Botswana; BY Belarus; CA Canada;
CD DR Congo; CH Switzerland; CI Ivory Coast; CL Chile; CM Cameroon; CN China; CO Colombia;
CR Costa Rica; CU Cuba; CY Cyprus; CZ Czechia; DE Germany; DK Denmark;
DO Dominican Republic; DZ Algeria; EC Ecuador; EE Estonia; EG Egypt; ES Spain; ET Ethiopia;
FI Finland; FR France; GB United Kingdom; GE Georgia; GH Ghana; GR Greece; GT Guatemala;
HK Hong Kong; HN Honduras; HR Croatia; HU Hungary; ID Indonesia; IE Ireland; IL Israel;
IN India; IQ Iraq; IR Iran; IS Iceland; IT Italy; JM Jamaica; JO Jordan; JP Japan; KE Kenya;
KH Cambodia; KR South Korea; KW Kuwait; KZ Kazakhstan; LB Lebanon; LK Sri Lanka;
LT Lithuania; LU Luxembourg; LV Latvia; LY Libya; MA Morocco; MD Moldova; ME Montenegro;
MK North Macedonia; MM Myanmar; MT Malta; MX Mexico; MY Malaysia; MZ Mozambique;
NA Namibia; NG Nigeria; NI Nicaragua; NL Netherlands; NO Norway; NP Nepal; NZ New Zealand;
OM Oman; PA Panama; PE Peru; PH Philippines; PK Pakistan; PL Poland; PR Puerto Rico;
PT Portugal; PY Paraguay; QA Qatar; RO Romania; RS Serbia; RU Russia; RW Rwanda;
SA Saudi Arabia; SD Sudan; SE Sweden; SG Singapore; SI Slovenia; SK Slovakia; SN Senegal;
SV El Salvador; SY Syria; TH Thailand; TN Tunisia; TR Turkey; TT Trinidad and Tobago;
TW Taiwan; TZ Tanzania; UA Ukraine; UG Uganda; US United States; UY Uruguay; UZ Uzbekistan;
VE Venezuela; VN Vietnam; YE Yemen; ZA South Africa; ZM Zambia; ZW Zimbabwe
"""
COUNTRIES = {
    code: name for code, _, name in (each.strip().partition(" ") for each in _COUNTRIES.split(";"))
}
OTHER_NAMES = {
    "usa": "US",
    "us": "US",
    "united states of america": "US",
    "uk": "GB",
    "great britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northern ireland": "GB",
    "the netherlands": "NL",
    "holland": "NL",
    "uae": "AE",
    "czech republic": "CZ",
    "republic of ireland": "IE",
}
_STATES = """
al;ak;az;ar;ca;co;ct;fl;ga;hi;id;il;ia;ks;ky;la;me;md;ma;mi;mn;ms;mo;mt;ne;nv;nh;nj;nm;ny;nc;nd;oh;
ok;or;pa;ri;sc;sd;tn;tx;ut;vt;va;wa;wv;wi;wy;dc;alabama;alaska;arizona;arkansas;california;colorado;
connecticut;florida;hawaii;idaho;illinois;indiana;iowa;kansas;kentucky;louisiana;maine;maryland;
massachusetts;michigan;minnesota;mississippi;missouri;montana;nebraska;nevada;new hampshire;
new jersey;new mexico;new york;north carolina;north dakota;ohio;oklahoma;oregon;pennsylvania;
rhode island;south carolina;south dakota;tennessee;texas;utah;vermont;virginia;washington;
west virginia;wisconsin;wyoming
"""
STATES = frozenset(each.strip() for each in _STATES.split(";"))
"""Of the United States. Georgia, DE and IN are rather the countries: they tell nothing."""
AMBIGUOUS = frozenset({"georgia"})
_CODES = {name.casefold(): code for code, name in COUNTRIES.items()} | OTHER_NAMES

TOWN = re.compile(r"[^\W\d_]+(?:[ .'\u2019-]+[^\W\d_]+){0,3}\.?")
"""One to four words of letters."""

Where = tuple[str | None, str | None]
"""City and country."""


def of_place(place: Mapping[str, Any]) -> Where:
    """Of the place that a post is tagged with: X's object, any field of which may be missing."""
    code = _text(place, "country_code").upper()
    country = COUNTRIES.get(code) or _text(place, "country") or code or None
    parts = [part.strip() for part in _text(place, "full_name").split(",")]
    match _text(place, "place_type"):
        case "city":
            return _text(place, "name") or parts[0] or None, country
        case "neighborhood" if len(parts) > 1:
            return parts[-1] or None, country
    return None, country


def of_profile(location: str) -> Where:
    """Of what a profile says: ``Town, Country``, ``Town, State`` of the US, or a country's name."""
    parts = [part.strip() for part in location.split(",")]
    country = _country(parts[-1])
    if len(parts) == 1:
        return None, country
    town = parts[0]
    is_town = TOWN.fullmatch(town) and not town[0].islower() and _country(town) is None
    if len(parts) != 2 or not is_town:  # noqa: PLR2004 -- town and country
        return None, None
    if country is None and parts[1].casefold() in STATES:
        country = COUNTRIES["US"]
    return (town, country) if country else (None, None)


def _country(name: str) -> str | None:
    known = name.casefold()
    return None if known in AMBIGUOUS else COUNTRIES.get(_CODES.get(known, ""))


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""
