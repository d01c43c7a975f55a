import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.names import COMPETITOR, OWN, Names

NAMES = Names(["Velmora", "O2", "Marlow & Finch"], ["Kestova", "Velmora Go"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@VelmoraHelp you again", f"{OWN} you again"),
        ("#velmora's app beats KESTOVA", f"{OWN}'s app beats {COMPETITOR}"),
        ("ask @AskVelmora", f"ask {OWN}"),
        ("O2 is down, @O2uk", f"{OWN} is down, {OWN}"),
        ("Marlow&Finch, marlow & finch, #MarlowFinch", f"{OWN}, {OWN}, {OWN}"),
        ("Velmora Go or Velmora?", f"{COMPETITOR} or {OWN}?"),
        ("Kestova, not Kestovan", f"{COMPETITOR}, not Kestovan"),
        ("me@velmora.com breathes co2", "me@velmora.com breathes co2"),
        ("nobody is named", "nobody is named"),
    ],
)
def test_a_name_becomes_whose_it_is(text: str, expected: str) -> None:
    assert NAMES.mark([text]) == [expected]


def test_a_name_on_both_lists_is_ones_own() -> None:
    assert Names(["Velmora"], ["Velmora"]).mark(["Velmora"]) == [OWN]


@given(st.lists(st.text()))
def test_without_names_texts_stay_as_they_are(texts: list[str]) -> None:
    assert Names().mark(texts) == texts
    assert Names([" ", "&"]).mark(texts) == texts


@given(st.lists(st.text(min_size=1, max_size=6)), st.text())
def test_any_names_can_be_looked_for_in_any_text(names: list[str], text: str) -> None:
    assert len(Names(names, names).mark([text])) == 1
