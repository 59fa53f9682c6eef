"""The report for CI servers: JUnit XML, as Jenkins, GitLab, Azure DevOps and CircleCI read it."""

from __future__ import annotations

from xml.etree import ElementTree

from checkout_stack.policy.check import CheckedTemplate
from checkout_stack.policy.report.results import Result, Results

_NOT_IN_XML = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 65534, 65535), "?")
"""Characters that XML 1.0 cannot hold, escaped or not."""


def as_junit(results: Results) -> str:
    """Render one suite a template, and one case a finding or a rule without one."""
    root = ElementTree.Element("testsuites", {"name": "checkout policy"})
    for each in results.checked:
        root.append(_suite(each, results))
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{_text(root)}\n'


def _suite(checked: CheckedTemplate, results: Results) -> ElementTree.Element:
    file = checked.template.file
    own = {id(finding) for finding in checked.findings}
    found = [each for each in results.all if id(each.finding) in own]
    cases = [_case(file, each, fails=results.fails(each)) for each in found]
    broken = {each.finding.rule_id for each in found}
    kept = dict.fromkeys(each.rule_id for each in checked.findings if each.rule_id not in broken)
    cases += [_element("testcase", classname=file, name=rule_id) for rule_id in kept]
    for defect in checked.defects:
        case = _element("testcase", classname=file, name=defect.rule_id)
        case.append(_element("error", message=f"internal error: {defect.error}"))
        cases.append(case)
    suite = _element(
        "testsuite",
        name=file,
        tests=str(len(cases)),
        failures=str(sum(case.find("failure") is not None for case in cases)),
        errors=str(len(checked.defects)),
        skipped=str(sum(case.find("skipped") is not None for case in cases)),
    )
    suite.extend(cases)
    if checked.question:
        said = _element("system-out")
        said.text = checked.question.translate(_NOT_IN_XML)
        suite.append(said)
    return suite


def _case(file: str, result: Result, *, fails: bool) -> ElementTree.Element:
    """A finding: a failure; skipped if it is accepted, known, or below the level that fails."""
    finding = result.finding
    name = " ".join(filter(None, (finding.rule_id, finding.construct_path or finding.logical_id)))
    case = _element("testcase", classname=file, name=name, line=str(finding.location.line))
    if fails:
        failure = _element("failure", type=result.level.value, message=finding.message)
        failure.text = f"{finding.location}\n{finding.rule.why}\n{finding.rule.source}".translate(
            _NOT_IN_XML
        )
        case.append(failure)
    else:
        reason = finding.acknowledged or ("in the baseline" if result.known else finding.message)
        case.append(_element("skipped", message=reason))
    return case


def _element(tag: str, /, **attributes: str) -> ElementTree.Element:
    clean = {key: value.translate(_NOT_IN_XML) for key, value in attributes.items()}
    return ElementTree.Element(tag, clean)


def _text(root: ElementTree.Element) -> str:
    return ElementTree.tostring(root, encoding="unicode")
