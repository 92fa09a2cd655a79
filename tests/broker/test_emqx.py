"""The rules for EMQX say what the access lists say that were run. EMQX itself is in no registry that is built from."""

from __future__ import annotations

import re

from deploy.broker import HERE, access

RULE = re.compile(
    r'\{allow, \{username, (?:"([a-z-]+)"|\{re, "([^"]+)"\})\}, (publish|subscribe), \[(.*?)\]\}\.', re.DOTALL
)
DEVICE, WITNESS = r"^[a-z0-9-]+/[a-z0-9-]+$", r"^[0-9a-f]{8}$"
VERBS = {"write": "publish", "read": "subscribe"}
Rules = set[tuple[str, str, str]]
TEXT = "\n".join(
    line for line in (HERE / "emqx" / "acl.conf").read_text().splitlines() if line and not line.startswith("%%")
)


def of_emqx() -> Rules:
    """Who, what, which topic; the certificate's name is ``%u``."""
    return {
        (user or pattern, verb, topic.replace("${username}", "%u"))
        for user, pattern, verb, topics in RULE.findall(TEXT)
        for topic in re.findall(r'"([^"]+)"', topics)
    }


def of_mosquitto() -> Rules:
    """The same of a site's list, where a pattern is a device's or a witness's by the place of its name."""
    found, who = set(), ""
    for line in access("site").splitlines():
        match line.split():
            case ["user", name]:
                who = name
            case ["pattern", verb, topic]:
                found.add((WITNESS if topic.endswith("/%u") else DEVICE, VERBS[verb], topic))
            case ["topic", verb, topic]:
                found.add((who, VERBS[verb], topic))
    return found


def test_the_rules_for_emqx_are_those_of_the_site_s_access_list() -> None:
    assert len(of_mosquitto()) > 15
    assert of_emqx() == of_mosquitto()


def test_whatever_is_not_allowed_is_denied_last_of_all() -> None:
    rules = re.findall(r"^\{(allow|deny), ([^,}]+)(.*?)\}\.$", TEXT, re.DOTALL | re.MULTILINE)
    assert rules[-1] == ("deny", "all", "")
    assert [one for one in rules[:-1] if one[0] == "deny"] == rules[:1]
    assert len(RULE.findall(TEXT)) == len(rules) - 2
