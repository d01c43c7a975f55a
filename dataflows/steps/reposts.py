"""Tell that a message says what another one said."""

import threading
from collections import OrderedDict
from hashlib import blake2b

from contracts.messages import Message

DIGEST_BYTES = 12


class Reposts:
    """The texts of recent messages, whatever their case and spaces, and who said them first.

    A message that comes again, after an abort or as an edit, is no repost of itself. The workers of
    a process share one.
    """

    def __init__(self, remembered: int) -> None:
        """:param remembered: texts that are kept."""
        self._remembered = remembered
        self._lock = threading.Lock()
        self._first: OrderedDict[bytes, str] = OrderedDict()

    def first_of(self, message: Message) -> str | None:
        """The id of the message that said it first; null where it is this one."""
        text = " ".join(message.text.casefold().split())
        digest = blake2b(text.encode(), digest_size=DIGEST_BYTES).digest()
        with self._lock:
            first = self._first.setdefault(digest, message.message_id)
            self._first.move_to_end(digest)
            if len(self._first) > self._remembered:
                self._first.popitem(last=False)
        return None if first == message.message_id else first
