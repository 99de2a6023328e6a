"""The line to one system: says a request, hears what the answer means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

from adapters.contract import Failure, Raw, Setup, WireError
from adapters.conversation import Answer, Conversation, Login, Meaning, Operation, Request, SlotRefused, Values, Verdict
from adapters.patience import retry_after

Send = Callable[[Request], Answer]

FAILURES = {
    Verdict.REFUSED: Failure.REFUSED,
    Verdict.LATER: Failure.LATER,
    Verdict.CREDENTIALS: Failure.CREDENTIALS,
    Verdict.DOWN: Failure.DOWN,
}


class Line:
    """Knows the words and the wire; every call of a Talker goes through here."""

    def __init__(
        self,
        setup: Setup,
        send: Send,
        hide: Callable[[str], object] = lambda text: None,
        session: Mapping[str, str] | None = None,
    ) -> None:
        self.words: Conversation = setup.words
        self.connector = setup.connector
        self.now: Callable[[], datetime] = setup.now or _now
        self._send = send
        self._hide = hide
        self._session = session  # what ``login:`` kept; lives as long as this line and is written nowhere
        self._base = str(setup.connection.get("url") or "http://peer.invalid/")
        self._addresses: Mapping[str, str] = setup.connection.get("addresses") or {}

    def operation(self, name: str) -> Operation:
        """A declared operation. What is not declared does not exist: raises."""
        found = self.words.operations.get(name)
        if found is None:
            raise WireError(Failure.CONTRACT, "conversation.no_operation", connector=self.connector, operation=name)
        return found

    def ask(self, operation: Operation, values: Values, link: str | None = None) -> tuple[Answer, Meaning]:
        """One call and what its answer means. ``link``: the whole address of a next page.

        Raises WireError from the wire and SlotRefused, before anything is sent, for a value out of place.
        """
        answer = self._signed_in(operation, values, link)
        meaning = operation.meaning(answer)
        if meaning.verdict is Verdict.LATER and meaning.not_before is None:
            meaning = replace(meaning, not_before=retry_after(answer.headers, self.now()))
        return answer, meaning

    def request(self, operation: Operation, values: Values) -> Request:
        """What would be said, with what the session adds."""
        login = self.words.login
        if login is None or operation.name == login.operation:
            return operation.request(values)
        if self._session is None:
            self._session = self._sign_in(login)
        values = replace(values, kept={**values.kept, "login": self._session})
        return login.dress(operation.request(values), values)

    def _signed_in(self, operation: Operation, values: Values, link: str | None) -> Answer:
        """The answer; where the session had ended nothing was done there, and it is said once more in a new one."""
        answer = self._send(_linked(self.request(operation, values), link))
        login = self.words.login
        if login is None or operation.name == login.operation or not login.ended(answer):
            return answer
        self._session = None
        return self._send(_linked(self.request(operation, values), link))

    def _sign_in(self, login: Login) -> Mapping[str, str]:
        """Whatever goes wrong here, of the call that needed the session nothing was sent."""
        operation = self.operation(login.operation)
        try:
            answer, meaning = self.ask(operation, Values())
        except WireError as error:
            error.sent = False
            raise
        if meaning.verdict is Verdict.REFUSED:
            meaning = replace(meaning, verdict=Verdict.CREDENTIALS, code="conversation.login_refused")
        self.demand(operation, answer, meaning)
        kept = {name: read(answer) for name, read in login.keep.items()}
        for name, value in kept.items():
            if value is None:
                raise self.error(
                    Failure.CONTRACT, "conversation.login_empty", operation, name=name, has=has(answer.body)
                )
            self._hide(value)
        return {name: value for name, value in kept.items() if value is not None}

    def read(self, operation: Operation, values: Values) -> Answer | None:
        """The answer to a question; None where the record asked for does not exist. Raises WireError otherwise."""
        answer, meaning = self.asked(operation, values)
        if meaning.verdict is Verdict.ABSENT:
            return None
        self.demand(operation, answer, meaning)
        return answer

    def asked(self, operation: Operation, values: Values, link: str | None = None) -> tuple[Answer, Meaning]:
        """``ask``, for reads: a value out of place is a refusal of this one record."""
        try:
            return self.ask(operation, values, link)
        except SlotRefused as refused:
            raise self.error(Failure.REFUSED, refused.code, operation, **refused.facts) from refused

    def demand(self, operation: Operation, answer: Answer, meaning: Meaning) -> None:
        """Raise unless the answer is good."""
        if meaning.verdict is Verdict.OK:
            return
        failure = FAILURES.get(meaning.verdict, Failure.CONTRACT)
        code = meaning.code or "conversation.not_as_described"
        facts: dict[str, Any] = {"status": answer.status, **meaning.facts}
        raise self.error(failure, code, operation, not_before=meaning.not_before, **facts)

    def error(
        self, failure: Failure, code: str, operation: Operation, *, not_before: datetime | None = None, **facts: Any
    ) -> WireError:
        facts = {**facts, "connector": self.connector, "operation": operation.name}
        return WireError(failure, code, not_before=not_before, **facts)

    def record(self, operation: Operation, answer: Answer) -> Raw:
        """The one record in an answer. Raises where there is none."""
        found = operation.record(answer) if operation.record else answer.body
        if not isinstance(found, dict) or not found:
            raise self.error(
                Failure.CONTRACT, "conversation.no_record", operation, status=answer.status, has=has(answer.body)
            )
        return found

    def link(self, operation: Operation, request: Request, link: str) -> str:
        """The next page's address, made whole, on the peer's own server. Another host is refused."""
        base = self._addresses.get(request.address) or request.address or self._base
        home = urlsplit(base)
        whole = urlsplit(urljoin(urljoin(base.rstrip("/") + "/", request.target), link))
        if whole.scheme not in ("http", "https") or whole.hostname != home.hostname or "@" in whole.netloc:
            host, ours = whole.hostname or "", home.hostname or ""
            raise self.error(Failure.CONTRACT, "conversation.foreign_link", operation, host=host, home=ours)
        return urlunsplit((home.scheme, home.netloc, whole.path, whole.query, ""))


def has(tree: Any) -> str:
    """What there is instead of what was looked for: names only, never a value."""
    if isinstance(tree, Mapping):
        return ", ".join(sorted(str(name)[:40] for name in tree)[:12]) or "-"
    return f"[{len(tree)}]" if isinstance(tree, list) else "-"


def _linked(request: Request, link: str | None) -> Request:
    return request if link is None else replace(request, target=link, query=())


def _now() -> datetime:
    return datetime.now(UTC)
