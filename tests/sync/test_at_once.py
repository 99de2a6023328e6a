"""Several workers over the same complaints at the same time: one complaint each, nothing fails."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.sync.sync_country import Country, complaint_text


def test_core_and_office_pulled_at_once_meet_over_the_same_complaints(any_country: Country) -> None:
    country = any_country
    numbers = [str(9000 + one) for one in range(40)]
    for one, number in enumerate(numbers):
        country.core.put(id=number, **complaint_text(one), state="sent", unit="501", disposed=country.now().isoformat())
    country.pull("core")
    for one, number in enumerate(numbers):
        country.office.put(id=f"t{one}", **complaint_text(one), state="new", lapor=number)
        country.core.note(number, f"Mohon dipercepat, sudah {one} hari menunggu.", "reporter", kind="reply")
    country.office.order, country.core.order = "newest", "oldest"
    for _ in range(3):
        with ThreadPoolExecutor(4) as pool:
            runs = [pool.submit(country.pull, name) for name in ("core", "office")]
            runs += [pool.submit(country.push, name) for name in ("core", "office")]
            results = [run.result() for run in runs]
        assert {result.outcome for result in results} == {"ok"}, [result.code for result in results]
    alive = [row for row in country.rows("complaint") if row.merged_into is None]
    assert sorted(row.core_tracking_id for row in alive) == numbers
    assert country.core.made("create") == []
    comments = [text for _, text in country.office.made("comment")]
    assert sorted(set(comments)) == sorted(comments)
    assert len(comments) == len(numbers)
