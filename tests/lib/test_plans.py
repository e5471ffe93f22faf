"""A plan is locked before its outcomes are read; what is changed later shows, and what is tampered with is refused."""

import datetime
import hashlib
import tomllib
from pathlib import Path

import pytest

from inklusion.plans import PROGRAMME, REFORM, PlanError, Plans, lock, locks, read_plans, require_locked

ROOT = Path(__file__).parents[2]
OUTCOME = "data/own/deltagere.csv"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An empty project with one plan, whose outcome file is not there yet."""
    (tmp_path / "data" / "raw").mkdir(parents=True)
    (tmp_path / "data" / "own").mkdir()
    (tmp_path / "data" / "raw" / "manifest.toml").write_text("", encoding="utf-8")
    (tmp_path / "plans").mkdir()
    monkeypatch.setenv("INKLUSION_PROJECT", str(tmp_path))
    text = (ROOT / "plans" / "musik.toml").read_text(encoding="utf-8")
    path = tmp_path / "plans" / "sang.toml"
    path.write_text(text.replace("settings/synthetic.toml", OUTCOME).replace('"musik"', '"sang"'), encoding="utf-8")
    return path


def change(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_plan_without_a_lock_is_refused_and_the_command_is_named(project):
    with pytest.raises(PlanError, match=r"sang\.toml er ikke låst.*lock-plan plans/sang\.toml"):
        require_locked(project)


def test_the_lock_holds_the_plans_text_its_hash_and_the_date_of_the_clock(project, monkeypatch):
    monkeypatch.setattr(locks, "_today", lambda: datetime.date(2024, 8, 15))
    lock(project)
    record = tomllib.loads(project.with_suffix(".lock").read_text(encoding="utf-8"))
    text = project.read_text(encoding="utf-8")
    assert record["text"] == text
    assert record["sha256"] == hashlib.sha256(text.encode()).hexdigest()
    assert record["locked"] == "2024-08-15"
    assert require_locked(project).locked == "2024-08-15"


def test_a_lock_knows_that_the_outcomes_were_not_there(project):
    assert not lock(project).outcome_existed
    record = tomllib.loads(project.with_suffix(".lock").read_text(encoding="utf-8"))
    assert record["outcome_sha256"] == ""


def test_a_lock_knows_that_the_outcomes_were_there_already_and_which(project):
    content = b"participant;before;after\n"
    (project.parents[1] / OUTCOME).write_bytes(content)
    assert lock(project).outcome_existed
    record = tomllib.loads(project.with_suffix(".lock").read_text(encoding="utf-8"))
    assert record["outcome_sha256"] == hashlib.sha256(content).hexdigest()


def test_outcomes_are_analysed_by_the_locked_text_and_every_later_change_is_listed(project):
    lock(project)
    change(project, "smallest_change = 0.2", "smallest_change = 0.1")
    change(project, "correlation = 0.6", "correlation = 0.7")
    found = require_locked(project)
    assert found.plan.smallest_change == 0.2
    assert found.plan.assumed.correlation == 0.6
    assert [(one.key, one.before, one.now) for one in found.changes] == [
        ("smallest_change", "0,2", "0,1"),
        ("assumed.correlation", "0,6", "0,7"),
    ]


def test_a_key_that_was_added_or_taken_away_is_a_change_too(project):
    lock(project)
    change(project, "randomised = false\n", "")
    change(project, "level = 0.05", "level = 0.05\nwhim = true")
    assert [(one.key, one.before, one.now) for one in require_locked(project).changes] == [
        ("randomised", "nej", "intet"),
        ("whim", "intet", "ja"),
    ]


def test_a_plan_that_was_deleted_after_the_lock_is_still_the_plan(project):
    lock(project)
    project.unlink()
    found = require_locked(project)
    assert found.plan.id == "sang" and found.changes[0].now == "filen er slettet"


def test_a_comment_is_no_change_of_what_will_be_done(project):
    lock(project)
    project.write_text("# en bemærkning\n" + project.read_text(encoding="utf-8"), encoding="utf-8")
    assert require_locked(project).changes == ()


def test_a_checkout_with_windows_line_ends_is_the_same_plan(project):
    lock(project)
    for path in (project, project.with_suffix(".lock")):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert require_locked(project).changes == ()
    assert lock(project).plan.id == "sang"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("smallest_change = 0.2", "smallest_change = 0.1"),
        ("outcome_existed = false", "outcome_existed = true"),
        ('outcome_sha256 = ""', 'outcome_sha256 = "0"'),
        ("locked = ", "locked = "),
    ],
)
def test_a_lock_that_was_changed_by_hand_is_refused(project, old, new):
    lock(project)
    path = project.with_suffix(".lock")
    if old == new:
        day = tomllib.loads(path.read_text(encoding="utf-8"))["locked"]
        old, new = f'"{day}"', '"2001-01-01"'
    change(path, old, new)
    with pytest.raises(PlanError, match=r"Låsen sang\.lock er rettet.*git"):
        require_locked(project)
    with pytest.raises(PlanError, match="er rettet"):
        read_plans()


def test_locking_twice_keeps_the_first_lock(project, monkeypatch):
    lock(project)
    before = project.with_suffix(".lock").read_bytes()
    monkeypatch.setattr(locks, "_today", lambda: datetime.date(2040, 1, 1))
    lock(project)
    assert project.with_suffix(".lock").read_bytes() == before


def test_a_changed_plan_cannot_be_locked_again(project):
    lock(project)
    change(project, "level = 0.05", "level = 0.10")
    with pytest.raises(PlanError, match="en lås kan ikke laves om"):
        lock(project)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('period = "2024/2025"', 'period = "til jul"', "period skal være en periode"),
        ('kind = "programme"', 'kind = "trial"', "kind skal være programme og reform"),
        ('direction = "higher"', 'direction = "up"', "direction skal være higher og lower"),
        ('primary_test = "sign_flip"', 'primary_test = "synthetic_control"', "primary_test skal være sign_flip"),
        ("randomised = false", 'randomised = "nej"', "randomised skal være true eller false"),
        ("smallest_change = 0.2", "smallest_change = 0", "over nul"),
        ("deviation = 0.6", "deviation = 0", "deviation over 0"),
        ("intraclass = 0.05\n", "", "assumed skal være tallene"),
        ("level = 0.05", "lewel = 0.05", "mangler level; ukendt er lewel"),
        ('question = "', "question = ", "kan ikke læses som TOML"),
    ],
)
def test_a_plan_that_says_too_little_or_something_else_cannot_be_locked(project, old, new, said):
    change(project, old, new)
    with pytest.raises(PlanError, match=said):
        lock(project)
    assert not project.with_suffix(".lock").exists()


def test_a_plan_that_does_not_exist_cannot_be_locked(project):
    with pytest.raises(PlanError, match="findes ikke"):
        lock(project.with_name("dans.toml"))


def test_a_programme_without_a_plan_gets_a_reason_in_place_of_one(project):
    assert "ikke låst" in read_plans().under_lock("sang", PROGRAMME, OUTCOME)
    assert "Der er ingen plan for »dans«" in read_plans().under_lock("dans", PROGRAMME, OUTCOME)
    lock(project)
    assert read_plans().under_lock("sang", PROGRAMME, OUTCOME).plan.id == "sang"


def test_a_plan_for_other_outcomes_or_of_another_kind_is_not_used(project):
    lock(project)
    found = read_plans()
    assert "kommer fra en anden fil" in found.under_lock("sang", PROGRAMME, "data/own/noget_andet.csv")
    assert "Der er ingen plan" in found.under_lock("sang", REFORM, OUTCOME)


def test_an_example_of_the_same_name_does_not_stand_in_the_way_of_an_own_plan(project):
    lock(project)
    other = project.with_name("andre.toml")
    other.write_text(project.read_text(encoding="utf-8").replace(OUTCOME, "settings/synthetic.toml"), encoding="utf-8")
    lock(other)
    for source in (OUTCOME, "settings/synthetic.toml"):
        assert read_plans().under_lock("sang", PROGRAMME, source).plan.outcome_file == source


def test_two_locked_plans_for_the_same_outcomes_are_refused(project):
    lock(project)
    other = project.with_name("andre.toml")
    other.write_text(project.read_text(encoding="utf-8"), encoding="utf-8")
    lock(other)
    with pytest.raises(PlanError, match="To låste planer"):
        read_plans()


def test_a_project_without_plans_has_none(project):
    project.unlink()
    project.parent.rmdir()
    assert read_plans() == Plans()


def test_the_command_locks_a_plan_and_says_what_to_do(project, command):
    done = command(project.parents[1], "lock-plan", "plans/sang.toml")
    assert done.returncode == 0 and "sang.toml er låst" in done.stdout
    assert project.with_suffix(".lock").is_file()
    again = command(project.parents[1], "lock-plan", "plans/dans.toml")
    assert again.returncode == 2 and "findes ikke" in again.stderr


@pytest.mark.parametrize("name", ["musik", "eksempelreformen", "enkeltreformen"])
def test_the_example_plans_are_locked_and_unchanged(name):
    found = require_locked(ROOT / "plans" / f"{name}.toml")
    assert found.changes == ()
    assert found.outcome_existed
