"""The mutation run: what it changes, which tests it takes, and what it makes of their end."""

from __future__ import annotations

import ast
import gc
import importlib.util
import multiprocessing
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from simulator.mutants import mutant as mutant_module
from simulator.mutants.equivalents import Equivalents
from simulator.mutants.expression_edits import changed_expressions
from simulator.mutants.importing import change_functions, imported_functions
from simulator.mutants.judging import Verdict, limit_time
from simulator.mutants.mutant import ROOT, Mutant, mutants_of
from simulator.mutants.run import all_mutants, verdict_of
from simulator.mutants.selection import LineRecorder, Recorded


@pytest.fixture
def mutate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setattr(mutant_module, "RUNTIME", tmp_path)

    def changed(code: str) -> list[str]:
        (tmp_path / "m.py").write_text(textwrap.dedent(code))
        return [each.source().decode() for each in mutants_of("m.py", has_expressions=True)]

    return changed


@pytest.mark.parametrize(
    ("code", "mutants"),
    [
        ("a < b", {"(a <= b)"}),
        ("a == b", {"(a != b)"}),
        ("a is None", {"(a is not None)"}),
        ("a in b", {"(a not in b)"}),
        ("a in ('b', 'c')", {"(a not in ('b', 'c'))", "a in (('c',))", "a in (('b',))"}),
        ("a and b", {"(a or b)", "(b)", "(a)"}),
        ("a or b or c", {"(a and b and c)", "(b or c)", "(a or c)", "(a or b)"}),
        ("not a", {"(a)"}),
        ("a + b", {"(a - b)"}),
        ("a + 'b'", set()),
        ("min(a, b)", {"max(a, b)"}),
        ("7", {"(8)", "(6)"}),
        ("True", {"False"}),
        ("a if b else c", {"a if True else c", "a if False else c"}),
        ("a.attempt", {"1"}),
        ("f'{a.attempt}:{b}'", {"(f'{1}:{b}')"}),
        ("[a for a in b if c]", {"[a for a in b if True]", "[a for a in b if False]"}),
    ],
)
def test_an_expression_is_changed_in_every_way(
    code: str, mutants: set[str], mutate: object
) -> None:
    assert callable(mutate)
    assert set(mutate(f"x = {code}\n")) == {f"x = {each}\n" for each in mutants}


@pytest.mark.parametrize(
    ("code", "mutants"),
    [
        ("def f():\n    return a\n", {"def f():\n    return None\n"}),
        ("def f():\n    return None\n", set()),
        ("def f():\n    return False\n", {"def f():\n    return True\n"}),
        ("if a:\n    b\n", {"if True:\n    b\n", "if False:\n    b\n"}),
        ("while a:\n    b\n", {"while False:\n    b\n"}),
        ("f(a)\n", {"pass\n"}),
        ("raise a\n", {"pass\n"}),
        ("a.b = c\n", {"pass\n"}),
        ("a += b\n", {"pass\n"}),
        ('"""7 < 8"""\na: int = b\n', set()),
        ("@d(7)\ndef f(a: Literal[7]) -> Literal[7]: ...\n", set()),
        ("if TYPE_CHECKING:\n    a < b\n", set()),
        ("__all__ = ['a', 'b']\n", set()),
        ("T = R((A, B), C)\n", {"T = R(((B,)), C)\n", "T = R(((A,)), C)\n"}),
    ],
)
def test_a_statement_is_changed_in_every_way_and_what_is_not_run_is_left(
    code: str, mutants: set[str], mutate: object
) -> None:
    assert callable(mutate)
    assert set(mutate(code)) == mutants


def edits(code: str) -> set[tuple[str, str]]:
    node = ast.parse(code, mode="eval").body
    return {(name, _text(text)) for _, name, text in changed_expressions(node)}


def _text(code: str) -> str:
    """The string's text; of an f-string the braces too."""
    return str(ast.literal_eval(code.removeprefix("f")))


def test_each_term_of_a_condition_comes_out_true_and_false_with_the_same_values() -> None:
    assert edits("f'a = :a AND {rest}'") == {
        ("term always true", "(a = :a OR NOT a = :a) AND {rest}"),
        ("term always false", "(a = :a AND NOT a = :a) AND {rest}"),
        ("term always true", "a = :a AND ({rest} OR NOT {rest})"),
        ("term always false", "a = :a AND ({rest} AND NOT {rest})"),
    }


def test_a_boundary_of_a_term_is_moved() -> None:
    assert ("boundary of a term", "(s = :s AND (e < :now OR f = :f))") in edits(
        "'(s = :s AND (e <= :now OR f = :f))'"
    )


def changes(code: str) -> set[tuple[str, str, str]]:
    """What is changed in an expression, from what and to what."""
    nodes = ast.walk(ast.parse(code, mode="eval"))
    return {
        (name, ast.unparse(changed), text)
        for node in nodes
        for changed, name, text in changed_expressions(node)
    }


def test_each_condition_that_is_a_value_comes_out_true_and_false() -> None:
    assert changes("Update(when=(A.equals(b), FREE))") == {
        ("term always true", "A.equals(b)", "(A.equals(b) | ~A.equals(b))"),
        ("term always false", "A.equals(b)", "(A.equals(b) & ~A.equals(b))"),
        ("term always true", "FREE", "(FREE | ~FREE)"),
        ("term always false", "FREE", "(FREE & ~FREE)"),
    }


@pytest.mark.parametrize(("method", "other"), [("below", "at_most"), ("at_most", "below")])
def test_a_boundary_of_a_condition_that_is_a_value_is_moved(method: str, other: str) -> None:
    assert ("boundary of a term", f"A.{method}(b)", f"A.{other}(b)") in changes(f"A.{method}(b)")


def test_a_count_that_begins_with_what_exists_is_written_over_as_a_whole(mutate: object) -> None:
    assert callable(mutate)
    assert "x = 1\n" in mutate("x = A.or_else(0).plus(1)\n")
    for mutant in mutate("x = A.or_else(0).plus(1)\n"):
        ast.parse(mutant)


def test_each_clause_of_an_update_writes_elsewhere_and_over_what_exists() -> None:
    assert changes("Update(set={'a': A.or_else(1), 'b': c}, remove=('d', 'e'), add={'f': g})") == {
        ("clause without effect", "'a'", "'mutant_0'"),
        ("clause without effect", "'b'", "'mutant_1'"),
        ("clause without effect", "'d'", "'mutant_1'"),
        ("clause without effect", "'e'", "'mutant_2'"),
        ("clause without effect", "'f'", "'mutant_0'"),
        ("written over what exists", "A.or_else(1)", "1"),
    }


@pytest.mark.parametrize("text", ["order_id", "a, b", "charge:EUR", "no such order: x"])
def test_other_strings_are_left(text: str) -> None:
    assert edits(repr(text)) == set()


@pytest.mark.fuzzing
def test_mutants_of_the_runtime_compile_and_each_has_an_id_of_its_own() -> None:
    mutants = all_mutants()
    for mutant in mutants:
        compile(mutant.source(), mutant.module, "exec")
        assert mutant.source() != mutant.path.read_bytes()
    assert len({mutant.id for mutant in mutants}) == len(mutants) > 1000


def _mutant(module: str = "domain/order.py", lines: range = range(3, 5)) -> Mutant:
    return Mutant("id", module, 3, "a < b", "comparison", lines, 0, 0, "(a <= b)")


def test_the_tests_that_run_the_lines_judge_the_modules_own_and_the_fastest_first() -> None:
    recorded = Recorded(
        seconds={"t/test_x.py::slow": 2, "t/test_x.py::fast": 1, "t/test_order.py::own": 3},
        lines={
            "t/test_x.py::slow": {"domain/order.py": {4}},
            "t/test_x.py::fast": {"domain/order.py": {3}},
            "t/test_order.py::own": {"domain/order.py": {3}},
            "t/test_x.py::elsewhere": {"domain/order.py": {9}},
            "t/test_x.py::another": {"domain/other.py": {3}},
            "t/test_order.py::a_default": {},
        },
    )
    others = ("test_x.py::elsewhere", "test_x.py::another", "test_order.py::a_default")
    recorded.seconds |= {f"t/{each}": 1 for each in others}
    expected = ["t/test_order.py::own", "t/test_x.py::fast", "t/test_x.py::slow"]
    assert recorded.tests_for(_mutant()) == expected
    at_import = recorded.tests_for(_mutant(lines=range(50, 51)))
    assert set(at_import) == {*expected, "t/test_x.py::elsewhere", "t/test_order.py::a_default"}


def test_a_module_of_names_only_is_judged_by_every_test() -> None:
    recorded = Recorded(
        seconds={"t/test_x.py::one": 1, "t/test_stated_numbers.py::two": 2},
        lines={
            "t/test_x.py::one": {"domain/other.py": {3}},
            "t/test_stated_numbers.py::two": {},
        },
    )
    assert recorded.tests_for(_mutant()) == ["t/test_x.py::one", "t/test_stated_numbers.py::two"]


def test_only_what_runs_in_tests_and_never_at_import_is_judged_where_tests_are_collected() -> None:
    recorded = Recorded(
        lines={"t/test_a.py::a": {"domain/order.py": {3, 8}}},
        at_import={"domain/order.py": {8}},
    )
    found = [recorded.runs_in_tests_only(_mutant(lines=range(n, n + 1))) for n in (3, 8, 9)]
    assert found == [True, False, False]


FUNCTIONS = """
from functools import cache
LIMIT = 7
def plain(): return 7
@cache
def kept(): return [each + 7 for each in (0,)][0]
class A:
    @property
    def member(self): return (lambda: 7)()
    @staticmethod
    def still(): return 7
"""


def test_functions_that_are_imported_already_get_the_code_of_a_mutant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever decorates them; what ran at import is left as it is, which is said."""
    runtime = tmp_path / "checkout_runtime"
    runtime.mkdir()
    (runtime / "m.py").write_text(FUNCTIONS)
    monkeypatch.setattr(mutant_module, "RUNTIME", runtime)
    spec = importlib.util.spec_from_file_location("checkout_runtime.m", runtime / "m.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    gc.freeze()  # as the tests' configuration does once they are collected
    functions, seen = imported_functions(), []
    gc.freeze()  # for the tests that follow
    for mutant in mutants_of("m.py", has_expressions=False):
        if mutant.replacement == "(8)" and mutant.code != "LIMIT = 7":
            change_functions(mutant, functions)
            module.kept.cache_clear()
            seen.append((module.plain(), module.kept(), module.A().member, module.A.still()))
    assert seen == [(8, 7, 7, 7), (7, 8, 7, 7), (7, 7, 8, 7), (7, 7, 7, 8)]
    with pytest.raises(LookupError, match="plain"):
        change_functions(
            next(each for each in mutants_of("m.py", has_expressions=False) if each.line == 4), {}
        )


def test_a_test_that_is_red_or_slow_by_itself_judges_nothing() -> None:
    recorded = Recorded(
        seconds={"t/test_a.py::red": 1, "t/test_a.py::slow": 100},
        lines={
            "t/test_a.py::red": {"domain/order.py": {3}},
            "t/test_a.py::slow": {"domain/order.py": {3}},
        },
        failed=["t/test_a.py::red"],
    )
    assert recorded.tests_for(_mutant()) == []


def test_an_equivalent_is_known_by_its_line_and_is_stale_when_that_is_gone(tmp_path: Path) -> None:
    file = tmp_path / "equivalents.toml"
    file.write_text(
        '[[equivalent]]\nmodule = "domain/order.py"\ncode = "a < b"\nreason = "never equal"\n'
        '[[equivalent]]\nmodule = "domain/order.py"\ncode = "a < c"\nreason = "gone"\n'
    )
    equivalents = Equivalents(file)
    assert equivalents.reason(_mutant()) == "never equal"
    assert equivalents.reason(_mutant("domain/other.py")) is None
    assert equivalents.stale([_mutant()]) == ["domain/order.py: a < c"]


def test_each_entry_of_the_equivalents_stands_for_a_mutant() -> None:
    assert Equivalents().stale(all_mutants()) == []


def ended(code: int) -> BaseProcess:
    return ended_after(partial(os._exit, code))


def ended_after(work: Callable[[], object]) -> BaseProcess:
    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    process.join()
    return process


@pytest.mark.parametrize(
    ("code", "verdict"),
    [(0, Verdict.SURVIVED), (101, Verdict.BY_TEST), (1, Verdict.CRASHED), (104, Verdict.CRASHED)],
)
def test_a_process_that_came_to_no_verdict_has_noticed_nothing(code: int, verdict: Verdict) -> None:
    assert verdict_of(ended(code)) is verdict


def _work_for_ever() -> None:
    limit_time(seconds=0.05)
    while True:
        pass


def _wait_for_ever() -> None:
    limit_time(waiting=0.05)
    threading.Event().wait()


@pytest.mark.parametrize("work", [_work_for_ever, _wait_for_ever])
def test_what_does_not_end_is_noticed_by_time(work: Callable[[], None]) -> None:
    assert verdict_of(ended_after(work)) is Verdict.BY_TIME


def test_no_module_of_the_repository_is_imported_before_the_mutant() -> None:
    """Any of them may import the runtime, and a mutant's module must not be there already."""
    recorder = LineRecorder()
    recorder.pytest_sessionfinish()
    packages = {name.partition(".")[0] for name in recorder.recorded.imported}
    assert "pytest" in packages
    assert not packages & {"checkout_runtime", "checkout_stack", "simulator", "tests", "__main__"}


def _ends_well(program: str) -> bool:
    """Whether a program does in a process of its own, as these change what is imported."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "lambda")))}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, check=False, timeout=120
    )
    return done.returncode == 0


@pytest.mark.thorough
def test_the_lines_that_a_test_runs_are_recorded() -> None:
    assert _ends_well("""
from simulator.mutants.judging import record
done = record(["tests/checkout_runtime/domain/test_fingerprint.py"])
ran = {file for files in done.lines.values() for file in files}
raise SystemExit(not ("domain/identity.py" in ran and not done.failed))
""")


@pytest.mark.thorough
def test_tests_that_are_collected_already_notice_a_mutant() -> None:
    """With everything that the tests' own plugins do to a process, such as a frozen collector."""
    assert _ends_well("""
import os
from simulator.mutants import judging
from simulator.mutants.mutant import mutants_of

FILE = "tests/checkout_runtime/domain/test_fingerprint.py"
TEST = f"{FILE}::test_the_fingerprint_never_changes_between_versions"
judging.test_files = lambda: [FILE]
mutants = mutants_of("domain/submission.py", has_expressions=False)
wrong = next(each for each in mutants if "return _fingerprint(" in each.diff())
judging.collect_and(lambda judge: os._exit(judge(wrong, [TEST]) != judging.Verdict.BY_TEST))
""")


@pytest.mark.thorough
def test_forks_share_no_process_of_node() -> None:
    """One of two would read the answer that the other waits for, and be noticed by time."""
    assert _ends_well("""
import sys
from simulator.mutants.judging import warm_up
warm_up({"aws_cdk", "jsii", "xml.dom"})
raise SystemExit("jsii" in sys.modules or "xml.dom" not in sys.modules)
""")
