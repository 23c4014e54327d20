"""Rasa's files: nothing twice, nothing unread, nothing that only Rasa would find out at training."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from actions.kinds import KINDS as REPORT_KINDS
from actions.report_form import SLOTS as REPORT_SLOTS
from actions.report_state import STATES
from actions.ticket_form import SLOTS as TICKET_SLOTS
from bot.answer.messages import catalogue
from bot.gateway.rasa import SECRETS, fingerprint, rasa_command, train_command
from bot.gateway.settings import ROOT, Settings
from knowledge.text.acts import ACTS

KINDS = ("intents", "slots", "responses", "actions", "forms", "entities")


def loaded(folder: str) -> dict[Path, dict[str, Any]]:
    paths = sorted((ROOT / "bot" / folder).glob("*.yml"))
    return {path: yaml.safe_load(path.read_text(encoding="utf-8")) for path in paths}


def names(kind: str) -> list[str]:
    found: list[str] = []
    for content in loaded("domain").values():
        for item in content.get(kind, []):
            found += [next(iter(item))] if isinstance(item, dict) else [item]
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_defined_twice(kind: str) -> None:
    assert [name for name, count in Counter(names(kind)).items() if count > 1] == []


def test_intents_are_the_dialogue_acts_and_each_has_its_file() -> None:
    assert sorted(names("intents")) == sorted(ACTS)
    intents = {
        path.stem: [block["intent"] for block in content["nlu"]] for path, content in loaded("nlu").items()
    }
    assert set(ACTS) <= set(intents)
    for name, found in intents.items():  # further examples of an act lie in `<act>_<what>.yml`
        assert len(found) == 1 and (name == found[0] or name.startswith(f"{found[0]}_")), name


def test_every_act_has_a_rule() -> None:
    steps = [
        step for content in loaded("rules").values() for rule in content["rules"] for step in rule["steps"]
    ]
    assert {step["intent"] for step in steps if "intent" in step} == set(ACTS)


def test_rules_name_actions_and_forms_that_exist() -> None:
    steps = [
        step for content in loaded("rules").values() for rule in content["rules"] for step in rule["steps"]
    ]
    known = {*names("actions"), *names("forms")}
    assert {step["action"] for step in steps if "action" in step} <= known


def test_forms_ask_for_every_slot_by_an_action_of_ours() -> None:
    actions = set(names("actions"))
    for form, slots in (("report_form", REPORT_SLOTS), ("ticket_form", TICKET_SLOTS)):
        stated = [
            c["forms"][form]["required_slots"]
            for c in loaded("domain").values()
            if form in c.get("forms", {})
        ]
        assert stated == [list(slots)]
        assert {f"action_ask_{form}_{slot}" for slot in slots} <= actions
        assert f"validate_{form}" in actions


def test_slots_never_decide_what_happens_next() -> None:
    for content in loaded("domain").values():
        assert all(slot["influence_conversation"] is False for slot in content.get("slots", {}).values())


def test_no_text_of_ours_is_in_rasas_files() -> None:
    assert names("responses") == []


def test_variables_are_unquoted_so_that_rasa_reads_them() -> None:
    for name in ("endpoints.yml", "credentials.yml"):
        text = (ROOT / "bot" / name).read_text(encoding="utf-8")
        lines = [line for line in text.splitlines() if "${" in line and not line.startswith("#")]
        assert not [line for line in lines if re.search(r"[\"'].*\$\{", line)]


def test_every_variable_of_the_endpoints_is_given_at_start(tmp_path: Path) -> None:
    text = (ROOT / "bot/endpoints.yml").read_text(encoding="utf-8")
    wanted = set(re.findall(r"^[^#]*\$\{(\w+)\}", text, re.MULTILINE))
    argv, env = rasa_command(Settings(motcua_home=tmp_path, rasa_port=5999))
    assert wanted
    assert wanted <= env.keys()
    assert {"LLM_API_KEY", "DATA_KEYS"} <= {name for name, value in env.items() if not value} == set(SECRETS)
    assert not [value for value in env.values() if "${" in value]
    assert argv[argv.index("--interface") + 1] == "127.0.0.1"
    assert "--enable-api" not in argv


def test_test_conversations_are_not_training_data(tmp_path: Path) -> None:
    argv, _ = train_command(Settings(motcua_home=tmp_path))
    data = argv[argv.index("--data") + 1 : argv.index("--skip-validation")]
    assert data == ["bot/nlu", "bot/rules"]


def test_a_changed_source_changes_the_fingerprint(tmp_path: Path) -> None:
    for name in ("bot/nlu/ask.yml", "knowledge/text/fold.py", "bot/components/x.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1")
    (tmp_path / "config.yml").write_text("1")
    before = fingerprint(tmp_path)
    (tmp_path / "knowledge/text/fold.py").write_text("2")
    assert fingerprint(tmp_path) != before


def test_every_text_the_dialogue_says_exists_and_none_is_left_over() -> None:
    """Keys are built from slots, acts and kinds, so the code's literals and the file's keys are compared."""
    speakers = [*(ROOT / "actions").glob("*.py"), ROOT / "bot/gateway/dialogue.py"]
    source = "".join(path.read_text(encoding="utf-8") for path in speakers)
    path = ROOT / "bot/answer/messages_dialogue.yml"
    keys = yaml.safe_load(path.read_text(encoding="utf-8")).keys()
    built = {f"report.ask.{slot}" for slot in STATES} | {f"talk.{act}" for act in ACTS}
    built |= {f"report.hint.{slot}" for slot in ("what", "where", "when", "contact")}
    built |= {"report.cancelled", "report.declined", "ticket.cancelled", "ticket.gave_up"}
    built |= {
        f"{key}{kind}"
        for key in ("report.kind.", "report.kind_why.", "button.kind_")
        for kind in REPORT_KINDS
    }
    built.add("report.kind_why.chosen")
    literal = set(re.findall(r"\"((?:report|ticket|button|talk)\.[a-z_.]+)\"", source))
    assert literal <= catalogue().keys()
    assert set(keys) <= literal | built
