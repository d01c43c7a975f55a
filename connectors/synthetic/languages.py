"""Whole sentences in other languages, each with its own phrases around the given names."""

LANGUAGES: dict[str, dict[str, tuple[str, ...]]] = {
    "de": {
        "positive": (
            "Ich bin nach {span} immer noch total begeistert von {product}. {good}!",
            "Großes Lob an {brand} in {city}: {good}, {span} ohne ein einziges Problem.",
            "{product} läuft seit {span} einwandfrei. {good}.",
            "Der Support von {brand} hat mir in {minutes} Minuten geholfen. {good}!",
        ),
        "neutral": (
            "Weiß jemand, ob {product} in {city} auch ohne Vertrag zu haben ist?",
            "Ich nutze {product} jetzt seit {span} und vergleiche es mit {rival}.",
            "{brand} eröffnet bald eine weitere Filiale in {city}.",
        ),
        "negative": (
            "Seit {minutes} Minuten in der Warteschleife von {brand}. {bad}.",
            "{product} funktioniert seit {span} nicht mehr. {bad}!",
            "Das Update von {product} hat alles kaputt gemacht. {bad}.",
            "Mir reicht es, ich kündige {product} und wechsle zu {rival}. {bad}.",
            "Mein Paket kam {span} zu spät und war beschädigt. {bad}, {brand}.",
        ),
        "span": ("einer Woche", "zwei Wochen", "einem Monat", "drei Monaten", "einem Jahr"),
        "good": ("Wirklich klasse", "Sehr zufrieden", "Einfach spitze", "Kann ich nur empfehlen"),
        "bad": ("Unverschämt", "Echt enttäuschend", "So geht das nicht", "Eine Frechheit"),
    },
    "es": {
        "positive": (
            "Llevo {span} con {product} y estoy encantado. {good}",
            "Gracias a {brand} en {city}, me lo resolvieron en {minutes} minutos. {good}",
            "{product} ha mejorado muchísimo en {span}. {good}",
        ),
        "neutral": (
            "¿Alguien sabe si {product} funciona bien en {city}?",
            "Estoy comparando {product} con {rival} desde hace {span}.",
            "{brand} abre una nueva tienda en {city} este mes.",
        ),
        "negative": (
            "Llevo {minutes} minutos esperando a que {brand} conteste. {bad}",
            "La aplicación de {product} se cierra sola desde hace {span}. {bad}",
            "El pedido llegó tarde y roto. {bad} {brand}, así no.",
            "Estoy harta, voy a cancelar {product} y me cambio a {rival}. {bad}",
        ),
        "span": ("una semana", "dos semanas", "un mes", "tres meses", "un año"),
        "good": ("¡Una maravilla!", "¡Muy recomendable!", "Da gusto.", "¡Sigan así!"),
        "bad": ("Una vergüenza.", "Qué decepción.", "Fatal.", "No hay derecho."),
    },
    "fr": {
        "positive": (
            "J'utilise {product} depuis {span} et j'en suis ravie. {good}",
            "Merci à l'équipe {brand} de {city}, problème réglé en {minutes} minutes. {good}",
            "Franchement, {product} est bien meilleur que {rival}. {good}",
        ),
        "neutral": (
            "Quelqu'un a déjà essayé {product} à {city} ?",
            "Je compare {product} et {rival} depuis {span}.",
            "{brand} ouvre une boutique à {city} le mois prochain.",
        ),
        "negative": (
            "{minutes} minutes d'attente au téléphone avec {brand}. {bad}",
            "Depuis {span}, {product} plante sans arrêt. {bad}",
            "Colis arrivé en retard et abîmé. {bad} Merci {brand}...",
            "J'en ai assez, je résilie {product} et je passe chez {rival}. {bad}",
        ),
        "span": ("une semaine", "quinze jours", "un mois", "trois mois", "un an"),
        "good": ("Je recommande !", "Bravo !", "Au top.", "Rien à redire."),
        "bad": ("C'est honteux.", "Quelle déception.", "Inadmissible.", "Du grand n'importe quoi."),
    },
    "pt": {
        "positive": (
            "Uso o {product} há {span} e estou muito feliz. {good}",
            "O atendimento da {brand} em {city} resolveu tudo em {minutes} minutos. {good}",
        ),
        "neutral": (
            "Alguém sabe se o {product} funciona bem em {city}?",
            "Há {span} que comparo o {product} com o {rival}.",
        ),
        "negative": (
            "{minutes} minutos à espera da {brand} ao telefone. {bad}",
            "O {product} não funciona há {span}. {bad}",
            "Chega, vou cancelar o {product} e mudar para o {rival}. {bad}",
        ),
        "span": ("uma semana", "duas semanas", "um mês", "três meses", "um ano"),
        "good": ("Recomendo!", "Muito bom.", "Parabéns à equipe!", "Nota dez."),
        "bad": ("Uma vergonha.", "Que decepção.", "Péssimo.", "Assim não dá."),
    },
    "it": {
        "positive": (
            "Uso {product} da {span} e mi trovo benissimo. {good}",
            "Complimenti a {brand} di {city}, tutto risolto in {minutes} minuti. {good}",
        ),
        "neutral": (
            "Qualcuno ha già provato {product} a {city}?",
            "Sto confrontando {product} e {rival} da {span}.",
        ),
        "negative": (
            "{minutes} minuti in attesa con {brand}. {bad}",
            "{product} si blocca di continuo da {span}. {bad}",
            "Basta, disdico {product} e passo a {rival}. {bad}",
        ),
        "span": ("una settimana", "due settimane", "un mese", "tre mesi", "un anno"),
        "good": ("Consigliatissimo!", "Bravi!", "Ottimo.", "Davvero soddisfatto."),
        "bad": ("Una vergogna.", "Che delusione.", "Pessimo.", "Inaccettabile."),
    },
    "nl": {
        "positive": (
            "Al {span} heel blij met {product}. {good}",
            "{brand} in {city} heeft het binnen {minutes} minuten opgelost. {good}",
        ),
        "neutral": (
            "Weet iemand of {product} goed werkt in {city}?",
            "Ik vergelijk {product} nu {span} met {rival}.",
        ),
        "negative": (
            "Al {minutes} minuten in de wacht bij {brand}. {bad}",
            "{product} doet het al {span} niet meer. {bad}",
            "Ik ben er klaar mee, ik zeg {product} op en stap over naar {rival}. {bad}",
        ),
        "span": ("een week", "twee weken", "een maand", "drie maanden", "een jaar"),
        "good": ("Echt een aanrader!", "Top!", "Helemaal goed.", "Ga zo door."),
        "bad": ("Schandalig.", "Wat een teleurstelling.", "Echt slecht.", "Dit kan niet."),
    },
    "pl": {
        "positive": (
            "Korzystam z {product} i po {span} jestem bardzo zadowolona. {good}",
            "Obsługa {brand} rozwiązała problem w {minutes} minut. {good}",
        ),
        "neutral": (
            "Czy ktoś już testował {product}? Zastanawiam się też nad {rival}.",
            "Zamówiłem {product}, po {span} napiszę, jak działa.",
        ),
        "negative": (
            "Czekam na infolinii {brand} już {minutes} minut. {bad}",
            "Aplikacja {product} po {span} przestała działać. {bad}",
            "Mam dość, rezygnuję z {product} i przechodzę do {rival}. {bad}",
        ),
        "span": ("tygodniu", "dwóch tygodniach", "miesiącu", "trzech miesiącach", "roku"),
        "good": ("Polecam!", "Super!", "Świetna robota.", "Oby tak dalej."),
        "bad": ("Wstyd.", "Co za rozczarowanie.", "Fatalnie.", "Tak się nie robi."),
    },
}
"""Language -> symbol -> productions."""

LOCAL_NAMES = {
    "Vienna": "Wien",
    "Lisbon": "Lisboa",
    "Milan": "Milano",
    "Mexico City": "Ciudad de México",
}
"""What a city is called in its own language, where that differs."""
SENTIMENT_WEIGHTS = {"positive": 35, "neutral": 25, "negative": 40}
INCIDENT_SENTIMENT_WEIGHTS = {"negative": 1}
