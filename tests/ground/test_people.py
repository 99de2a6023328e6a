from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from hub.domain.errors import HubError
from hub.home import Hub
from hub.store import tokens, users
from hub.store.tables import audit, system, token, user
from hub.store.users import Role, SignIn
from tests.conftest import Clock

RIGHT = "benar-benar-panjang"


@pytest.fixture
def name(hub: Hub) -> str:
    with hub.store.begin() as conn:
        return users.add(conn, "wati", Role.OPERATOR, RIGHT, by="admin", now=hub.now()).name


def sign_in(hub: Hub, name: str, password: str) -> SignIn:
    with hub.store.begin() as conn:
        return users.sign_in(conn, name, password, hub.now())


def lock(hub: Hub, name: str) -> None:
    for _ in range(users.MOST_FAILURES):
        sign_in(hub, name, "salah")


def test_the_first_administrator_is_made_once_with_a_password_shown_once(any_hub: Hub) -> None:
    with any_hub.store.begin() as conn:
        made = users.first_administrator(conn, any_hub.now())
        assert users.first_administrator(conn, any_hub.now()) is None
    assert made is not None
    signed_in = sign_in(any_hub, *made).user
    assert signed_in is not None
    assert signed_in.role is Role.ADMINISTRATOR


def test_a_password_is_never_stored(hub: Hub, name: str) -> None:
    with hub.store.read() as conn:
        stored = conn.scalar(select(user.c.password).where(user.c.name == name))
    assert stored is not None
    assert stored.startswith("scrypt:")
    assert RIGHT not in stored


def test_generated_passwords_are_long_and_differ() -> None:
    made = {users.new_password() for _ in range(50)}
    assert len(made) == 50
    assert {len(one) for one in made} == {23}


@pytest.mark.parametrize("who", ["wati", "nobody"])
def test_a_wrong_password_and_an_unknown_name_are_refused_alike(hub: Hub, name: str, who: str) -> None:
    refused = sign_in(hub, who, "salah")
    assert (refused.user, refused.code) == (None, "user.refused")


def test_five_wrong_ones_lock_the_account_for_a_quarter_of_an_hour(hub: Hub, name: str, clock: Clock) -> None:
    lock(hub, name)
    assert sign_in(hub, name, RIGHT).code == "user.locked"
    clock.move(minutes=14)
    assert sign_in(hub, name, RIGHT).facts == {"minutes": 1}
    clock.move(minutes=1)
    assert sign_in(hub, name, RIGHT).user is not None


def test_a_right_one_forgets_the_wrong_ones_before(hub: Hub, name: str) -> None:
    for _ in range(3):
        for _ in range(users.MOST_FAILURES - 1):
            sign_in(hub, name, "salah")
        assert sign_in(hub, name, RIGHT).user is not None


def test_a_new_password_unlocks_and_ends_older_sessions(hub: Hub, name: str) -> None:
    before = sign_in(hub, name, RIGHT).user
    assert before is not None
    lock(hub, name)
    with hub.store.begin() as conn:
        users.set_password(conn, name, "lain-sama-sekali", by="admin", now=hub.now())
        assert users.of_session(conn, name, before.generation) is None
    after = sign_in(hub, name, "lain-sama-sekali").user
    assert after is not None
    with hub.store.read() as conn:
        assert users.of_session(conn, name, after.generation) == after


def test_a_person_changes_a_password_only_with_the_old_one(hub: Hub, name: str) -> None:
    with hub.store.begin() as conn:
        with pytest.raises(HubError, match=r"user\.old_password"):
            users.change_password(conn, name, "salah", "lain-sama-sekali", hub.now())
        users.change_password(conn, name, RIGHT, "lain-sama-sekali", hub.now())
    assert sign_in(hub, name, "lain-sama-sekali").user is not None


def test_a_disabled_account_neither_signs_in_nor_goes_on(hub: Hub, name: str) -> None:
    before = sign_in(hub, name, RIGHT).user
    assert before is not None
    with hub.store.begin() as conn:
        users.set_disabled(conn, name, True, by="admin", now=hub.now())
        assert users.of_session(conn, name, before.generation) is None
    assert sign_in(hub, name, RIGHT).code == "user.refused"


@pytest.mark.parametrize(
    ("again", "password", "code"), [("wati", RIGHT, "user.exists"), ("budi", "pendek", "user.password_short")]
)
def test_who_cannot_be_added(hub: Hub, name: str, again: str, password: str, code: str) -> None:
    with hub.store.begin() as conn, pytest.raises(HubError, match=code.replace(".", r"\.")):
        users.add(conn, again, Role.VIEWER, password, by="admin", now=hub.now())


def test_changes_to_people_leave_a_line(hub: Hub, name: str) -> None:
    with hub.store.begin() as conn:
        users.set_password(conn, name, "lain-sama-sekali", by="admin", now=hub.now())
        assert list(conn.execute(select(audit.c.who, audit.c.what, audit.c.object))) == [
            ("admin", "user.added", "wati"),
            ("admin", "user.password", "wati"),
        ]


# --- tokens


def make_token(hub: Hub, **more: object) -> str:
    with hub.store.begin() as conn:
        return tokens.add(conn, "kota", scopes=["records"], by="admin", now=hub.now(), **more)  # type: ignore[arg-type]


def test_a_token_stands_for_its_system_and_scopes(any_hub: Hub) -> None:
    with any_hub.store.begin() as conn:
        conn.execute(insert(system).values(id=7, name="simadu", role="agency"))
    secret = make_token(any_hub, system="simadu")
    found = tokens.check(any_hub.store, secret, any_hub.now())
    assert found is not None
    assert (found.name, found.system_id, found.scopes) == ("kota", 7, {"records"})


def test_a_token_is_kept_as_a_hash(hub: Hub) -> None:
    secret = make_token(hub)
    assert secret.startswith("hub_")
    with hub.store.read() as conn:
        assert secret.encode() not in bytes(conn.execute(select(token.c.hash)).scalar_one())


def test_a_token_that_is_wrong_revoked_or_expired_stands_for_nobody(hub: Hub, clock: Clock) -> None:
    secret = make_token(hub, expires_at=hub.now() + timedelta(days=1))
    assert tokens.check(hub.store, secret + "x", hub.now()) is None
    assert tokens.check(hub.store, secret, hub.now()) is not None
    clock.move(days=1)
    assert tokens.check(hub.store, secret, hub.now()) is None
    clock.move(days=-1)
    with hub.store.begin() as conn:
        tokens.revoke(conn, "kota", by="admin", now=hub.now())
        with pytest.raises(HubError, match=r"token\.unknown"):
            tokens.revoke(conn, "kota", by="admin", now=hub.now())
    assert tokens.check(hub.store, secret, hub.now()) is None


def test_a_name_is_given_once_and_a_system_must_exist(hub: Hub) -> None:
    make_token(hub)
    with pytest.raises(HubError, match=r"token\.exists"):
        make_token(hub)
    with hub.store.begin() as conn, pytest.raises(HubError, match=r"token\.system"):
        tokens.add(conn, "lain", scopes=[], by="admin", now=hub.now(), system="none")
