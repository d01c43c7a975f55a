"""Texts from a grammar: a symbol has productions, a production is words and further symbols."""

import re
from collections.abc import Mapping, Sequence
from random import Random

_SYMBOL = re.compile(r"\{(\w+)\}")

Production = tuple[str, ...]
"""Words and symbols by turns, words first: ``("the ", "feature", " broke")``."""


class Grammar:
    """Productions by symbol; ``{symbol}`` in a production stands for one of that symbol's."""

    def __init__(self, rules: Mapping[str, Sequence[str]], given: Sequence[str]) -> None:
        """Check and prepare the rules.

        :param given: symbols whose words come with each text: product, city, …
        :raises ValueError: a production uses a symbol that nothing defines.
        """
        self._rules: dict[str, list[Production]] = {}
        known = {*rules, *given}
        for symbol, productions in rules.items():
            self._rules[symbol] = [tuple(_SYMBOL.split(text)) for text in productions]
            for parts in self._rules[symbol]:
                if unknown := set(parts[1::2]) - known:
                    raise ValueError(f"{symbol} uses {', '.join(sorted(unknown))}: not defined")

    def expand(self, symbol: str, given: Mapping[str, str], random: Random) -> str:
        """One text; ``given`` words go before rules of the same name."""
        words: list[str] = []
        self._expand(symbol, given, random, words)
        return "".join(words)

    def _expand(
        self, symbol: str, given: Mapping[str, str], random: Random, words: list[str]
    ) -> None:
        productions = self._rules[symbol]
        parts = productions[int(random.random() * len(productions))]
        is_symbol = False
        for part in parts:
            if not is_symbol:
                words.append(part)
            elif part in given:
                words.append(given[part])
            else:
                self._expand(part, given, random, words)
            is_symbol = not is_symbol
