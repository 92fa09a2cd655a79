"""A form becomes what two people sign, or says line by line what is to be changed: all of it at once."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from edge.control_room.authority import lines, signing
from edge.control_room.authority.form import FormRefused
from edge.domain.authorisation import Authorisation, Category, ImageSource, Preview, UseCase
from edge.domain.authority import Role
from edge.domain.errors import Misconfigured
from edge.wire.signed import digest, key_id
from tests.control_room.authority.paper import FORM, LISTED, PROOF, Desk, changed, desk, line_of, sealed
from tests.vectors.people import COUNTER, KEYS, NOW, OFFICER


@pytest.fixture
def paper(tmp_path: Path) -> Desk:
    return desk(tmp_path)


def test_a_form_asks_for_what_it_says_and_two_may_sign_that(paper: Desk) -> None:
    document = paper.ask(FORM).document
    assert (document.id, document.sequence, document.use_case) == ("2026-0042", 42, UseCase.CRIME_HOTSPOT)
    assert document.not_after - document.not_before == timedelta(hours=3.5)
    assert document.max_fpir == Decimal("0.001")
    assert document.watchlist.entries == 25
    assert document.presence == (key_id(KEYS[Role.PRESENCE].public),)
    assert document.calibration == PROOF.digest
    signed = signing.first_signature(document, paper.keys, OFFICER, NOW)
    assert signing.countersignature(signed, paper.keys, COUNTER, NOW)[1] == document


def test_what_may_be_left_out_is_computed(paper: Desk) -> None:
    bare = changed("sequence = 42\n", "", changed("begins = 2026-06-01T09:30:00Z\n", ""))
    document = paper.ask(bare).document
    assert document.not_before == NOW
    assert document.sequence == int(NOW.timestamp())
    assert document.retention.hit == timedelta(hours=24)


def test_a_preview_is_allowed_by_a_table_of_its_own(paper: Desk) -> None:
    assert paper.ask(FORM).document.preview is UNSET
    allowed = paper.ask(FORM + '\n[view]\nevery_seconds = 30\nreference = "DEC-7"\n').document.preview
    assert allowed == Preview(every=timedelta(seconds=30), reference="DEC-7")
    found = paper.problems(FORM + '\n[view]\nevery_seconds = 5\nreference = "because"\n')
    assert found == [f"line {len(FORM.splitlines()) + 3}: [view] every_seconds: 5 will not do. Write a number of "
                     "seconds from 10 to 3600."]  # fmt: skip


def test_the_evidence_may_be_named_by_its_file(paper: Desk) -> None:
    (paper.folder / "equality.pdf").write_bytes(b"published")
    document = paper.ask(changed("6" * 64, "equality.pdf")).document
    assert document.references.equality_assessment == digest(b"published")


WRONG = [
    ('"2026-0042"', '"John Smith"', 'id = "', "'John Smith' will not do. Write 1 to 64 letters"),
    ("sequence = 42", 'sequence = "42"', "sequence", "'42' will not do. Write a whole number that rises"),
    ('"crime-hotspot"', '"intelligence"', "use_case", "will not do. Write one of: crime-hotspot, protective-security"),
    ('impact_assessment = "DPIA-3"', "", "[why]", "impact_assessment is missing."),
    ('equality_assessment = "', 'equality_assessment = "no', "equality_assessment", "there is no file"),
    ('device = "post-7.toml"', 'device = "post-8.toml"', "device =", "Ask the device: lamppost authority device."),
    ('watchlist = "list"', 'watchlist = "nowhere"', "watchlist", "nowhere cannot be read"),
    ('watchlist = "list"', 'watchlist = "post-7.toml"', "watchlist", "is no sealed list"),
    ("cap = 100", "cap = 24", "cap = 24", "over-cap (25 entries, at most 24)"),
    ("cap = 100", "cap = true", "cap = true", "True will not do. Write a number from 1 to 10,000."),
    ("wanted-by-court = 80", "wanted-by-court = 19", "caps =", "over-cap (20 of wanted-by-court, at most 19)"),
    ("missing-at-risk = 20", "risk-of-harm = 20", "caps =", "not-capped."),
    ("missing-at-risk = 20", "associates = 20", "caps =", "associates: there is no such category."),
    ("hours = 3.5", "hours = 13", "hours", "lives-too-long (a window is at most 12 hours)"),
    ("begins = 2026-06-01T09:30:00Z", "begins = 2026-06-01T09:30:00", "begins", "Write a time with its zone"),
    ("begins = 2026-06-01T09:30:00Z", "begins = 2026-06-01T05:30:00Z", "hours", "expired (its window closed at"),
    ("begins = 2026-06-01T09:30:00Z", "begins = 2026-06-02T09:30:00Z", "watchlist", "list-stale"),
    ("begins = 2026-06-01T09:30:00Z", "begins = 9999-12-31T23:30:00Z", "begins", "is out of all time"),
    ('"1 in 1,000"', '"1 in 900"', "max_fpir", "max-fpir-too-high"),
    ('"1 in 1,000"', '"1 in 50,000"', "max_fpir", "Shorten the list or authorise a maximum FPIR that the"),
    ('"1 in 1,000"', "0", "max_fpir", 'Write a share such as 0.001, or "1 in 1,000".'),
    ('"1 in 1,000"', '"rarely"', "max_fpir", "'rarely' will not do."),
    ("[how]", "[how]\nhit_retention_hours = 0.1", "[how]", "Keep hits for longer, or wait less"),
    ('presence = ["presence.pub"]', 'presence = ["operator.pub"]', "presence", "wrong-role"),
    ('presence = ["presence.pub"]', 'presence = ["officer.pub"]', "presence", "no key that the trust root names"),
    ('presence = ["presence.pub"]', "presence = []", "presence", "Name one key or more"),
    ('["recipient.pub"]', '["reviewer.pub"]', "recipients", "is a key of somebody else"),
    ('["recipient.pub"]', '["recipient.pub", "recipient.pub"]', "recipients", "stands twice"),
    ("hours = 3.5", "hours = 3.5\nminutes = 2", "minutes", "there is no such thing. Remove it."),
    ("hours = 3.5", "hour = 3.5", "hour =", "Did you mean hours?"),
]


@pytest.mark.parametrize(("old", "new", "at", "said"), WRONG, ids=[f"{new or old}" for old, new, _, said in WRONG])
def test_what_is_wrong_is_named_with_its_line_and_what_to_change(
    paper: Desk, old: str, new: str, at: str, said: str
) -> None:
    spoilt = changed(old, new)
    found = [one for one in paper.problems(spoilt) if said in one]
    assert len(found) == 1, paper.problems(spoilt)
    assert found[0].startswith(f"line {line_of(at, spoilt)}: ")


def test_everything_that_is_wrong_is_said_at_once_in_the_order_of_the_lines(paper: Desk) -> None:
    spoilt = FORM
    for old, new in (
        ('"crime-hotspot"', '"intelligence"'), ("cap = 100", "cap = 24"), ("hours = 3.5", "hours = 13"),
        ('"1 in 1,000"', "0.5"), ('["reviewer.pub"]', '["nobody.pub"]'), ('signage = "SIGN-44"', ""),
    ):  # fmt: skip
        spoilt = changed(old, new, spoilt)
    with pytest.raises(FormRefused) as refused:
        paper.ask(spoilt)
    said = str(refused.value)
    assert "6 things to change" in said
    words = ["use_case", "signage is missing", "over-cap", "lives-too-long", "max-fpir-too-high", "nobody.pub"]
    assert [said.index(word) for word in words] == sorted(said.index(word) for word in words)
    assert said.endswith("Nothing was signed.")


@pytest.mark.parametrize("table", ["why", "where", "who", "when", "how", "hands"])
def test_a_table_that_is_missing_is_said_once_and_the_rest_is_judged_all_the_same(paper: Desk, table: str) -> None:
    before, rest = FORM.split(f"[{table}]\n")
    rest = rest.partition("\n[")[2]
    spoilt = (before + (f"[{rest}" if rest else "")).replace("cap = 100", "cap = 24")
    found = paper.problems(spoilt)
    assert [one for one in found if f"Begin it with [{table}]" in one]
    assert len(found) == (1 if table == "who" else 2), found


def test_sensitive_categories_need_the_decisions_reference(paper: Desk) -> None:
    (paper.folder / "list").write_bytes(sealed((*LISTED, (Category.UNDER_18_AT_RISK, 2))))
    capped = changed("missing-at-risk = 20", "missing-at-risk = 20, under-18-at-risk = 5")
    (problem,) = paper.problems(capped)
    assert "sensitive (listed: under-18-at-risk; named: none)" in problem
    assert "with the decision's reference" in problem
    document = paper.ask(changed("cap = 100", 'cap = 100\nsensitive_reference = "S-17"', capped)).document
    assert document.sensitive is not None


def test_volunteers_belong_in_an_accuracy_test_alone(paper: Desk) -> None:
    (paper.folder / "list").write_bytes(sealed([(Category.VOLUNTEER, 5)], ImageSource.VOLUNTEER))
    form = changed("wanted-by-court = 80, missing-at-risk = 20", "volunteer = 5")
    (problem,) = paper.problems(form)
    assert problem.startswith(f"line {line_of('use_case')}: [why] use_case: wrong-list (volunteers belong")
    assert paper.problems(changed('"crime-hotspot"', '"accuracy-test"', form)) == []


def test_another_calibration_than_the_devices_is_noticed(paper: Desk) -> None:
    facts = paper.folder / "post-7.toml"
    facts.write_text(facts.read_text().replace(PROOF.digest, "0" * 64))
    (problem,) = paper.problems(FORM)
    assert "another calibration than the one that is here" in problem


def test_an_item_of_a_list_over_several_lines_has_its_own_line(paper: Desk) -> None:
    several = changed('["reviewer.pub"]', '[\n  "reviewer.pub",\n  "nobody.pub",\n]')
    (problem,) = paper.problems(several)
    assert problem.startswith(f"line {line_of('nobody.pub', several)}: [hands] reviewers.2:")


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b'id = "a"\nid = "b"\n', "line 2"), (b"[why\n", "line 1"), (b'id = "\xff"\n', "line 1: this is not UTF-8"),
        (b"#" * 40_000, "too long for a form"), (b"\n" * 600, "too long for a form"),
    ],
)  # fmt: skip
def test_what_is_no_toml_is_named_with_its_line(raw: bytes, said: str) -> None:
    with pytest.raises(Misconfigured, match=said):
        lines.parse(raw, "form.toml")


NAMES = st.text("abcdefghijklmnop-_", min_size=1, max_size=8)
VALUES = st.recursive(
    st.one_of(st.integers(-9, 9), st.booleans(), st.text(max_size=9), st.floats(allow_nan=False)),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)


def toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[\n" + "".join(f"  {toml(item)},\n" for item in value) + "]"
    if isinstance(value, str):
        escaped = "".join(f"\\U{ord(one):08x}" if not one.isalnum() else one for one in value)
        return f'"{escaped}"'
    return repr(value)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(NAMES, st.dictionaries(NAMES, VALUES, max_size=4), max_size=4))
def test_every_key_of_any_file_is_found_on_its_line(tables: dict[str, dict[str, object]]) -> None:
    text, where = "", {}
    for table, pairs in tables.items():
        text += f"\n[{table}]  # a remark\n"
        for name, value in pairs.items():
            where[table, name] = text.count("\n") + 1
            text += f"{name} = {toml(value)}\n"
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    found = lines.parse(text.encode(), "any")
    assert {place: found.places[place] for place in where} == where


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return desk(tmp_path_factory.mktemp("forms"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(st.data())
def test_whatever_a_form_says_it_can_be_signed_or_says_why_not(shelf: Desk, data: st.DataObject) -> None:
    """A line left out, doubled, or with another value: two signatures that the door accepts, or lines to change."""
    given = FORM.splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(given) - 1))
        name, equals, _ = given[at].partition(" = ")
        choice = data.draw(st.sampled_from(["left out", "doubled", "another value"]))
        if choice == "left out":
            given[at] = ""
        elif choice == "doubled":
            given.insert(at, given[at])
        elif equals:
            given[at] = f"{name} = {toml(data.draw(VALUES))}"
    found = lines_to_change(shelf, "\n".join(given) + "\n")
    if isinstance(found, Misconfigured):
        assert "line" in str(found)
        assert found.remedy
    else:
        signed = signing.first_signature(found, shelf.keys, OFFICER, NOW)
        signed, _ = signing.countersignature(signed, shelf.keys, COUNTER, NOW)
        assert signing.standing(signed, shelf.keys, None, max(NOW, found.not_before)).refusals == ()


def lines_to_change(shelf: Desk, text: str) -> Authorisation | Misconfigured:
    try:
        return shelf.ask(text).document
    except Misconfigured as refused:
        return refused
