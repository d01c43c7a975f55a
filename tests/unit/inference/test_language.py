import pytest

from inference.language import may_be_english


def judged(text: str, language: str | None = None) -> bool:
    return may_be_english(text, language)


@pytest.mark.parametrize("language", ["en", "en-GB", "EN_us", "eng"])
def test_a_stated_english_is_believed(language: str) -> None:
    assert judged("Das ist nicht gut und ich bin weg", language)


@pytest.mark.parametrize("language", ["de", "fr-CA", "es", "ja", "enm"])
def test_another_stated_language_is_refused(language: str) -> None:
    assert not judged("this is perfectly plain English", language)


@pytest.mark.parametrize(
    "text",
    [
        "Das ist nicht gut und ich bin sehr enttäuscht",
        "Je ne suis pas content, c'est la dernière fois avec vous",
        "No me gusta nada, el servicio es muy malo y los precios también",
        "Não gosto disso, o serviço é muito ruim e eu vou embora",
        "Questo servizio non mi piace per niente, il peggiore di sempre",
        "Ik ben niet blij met deze service, het is een ramp",
        "Jag är inte nöjd med det här och ni svarar inte",
        "То же самое каждый день, ничего не работает",  # noqa: RUF001 - Cyrillic is meant
        "このサービスは最悪です",
        "서비스가 너무 느려요",
        "الخدمة سيئة جدا",
        "सेवा बहुत खराब है",
    ],
)
@pytest.mark.parametrize("language", [None, "und", ""])
def test_clear_cases_of_other_languages_are_told_apart(text: str, language: str | None) -> None:
    assert not judged(text, language)


@pytest.mark.parametrize(
    "text",
    [
        "The service is great",
        "lol",
        "😀😀😀",
        "",
        "http://example.org @someone",
        "Los Angeles and El Paso, here we come",
        "déjà vu all over again at the café",
        "Die Hard is the best film, das boot too",
        "love my new 寿司 place in town",
        "que sera sera",
        "𝓼𝓸 𝓯𝓪𝓷𝓬𝔂",  # noqa: RUF001 - styled letters are meant
    ],
)
def test_what_may_be_english_is_let_through(text: str) -> None:
    assert judged(text)
