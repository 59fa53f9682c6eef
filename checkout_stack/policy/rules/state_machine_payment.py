"""A state machine that charges runs once, and does not repeat the charge without a key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from checkout_stack.policy.rules.judging import NO_CHARGE, ONLY_READS
from checkout_stack.policy.rules.rule import (
    Judgement,
    Rule,
    Severity,
    cannot_tell,
    compliant,
    not_applicable,
    violated,
)
from checkout_stack.policy.rules.senders import FRESH, is_constant
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import Reference, Text, Unknown, Value
from checkout_stack.policy.workload.relations import named_anywhere
from checkout_stack.policy.workload.state_machines import STATE_MACHINE, Task, tasks_of
from checkout_stack.policy.workload.vocabulary import speaks_of_payment, words
from checkout_stack.policy.workload.workload import Workload

EXPRESS = "EXPRESS"
_KINDS = ("StateMachineType", "Type")
_KEY = "idempotency"
_ELSEWHERE = ("DefinitionS3Location", "DefinitionUri")


def check(workload: Workload) -> list[Judgement]:
    """Judge each task of a state machine that charges."""
    judgements = [_judge(task) for task in _charges(workload)]
    judgements += [_cannot_read(machine) for machine in _defined_elsewhere(workload)]
    return judgements or [not_applicable(NO_CHARGE)]


def _charges(workload: Workload) -> Iterator[Task]:
    for machine in workload.of_type(STATE_MACHINE):
        for task in tasks_of(machine):
            if _calls_payment_service(task) or _calls_what_charges(task, workload):
                yield task


def _defined_elsewhere(workload: Workload) -> Iterator[Resource]:
    """The machines that are meant to charge, and whose definition is in another file."""
    for machine in workload.of_type(STATE_MACHINE):
        if any(machine.prop(name) is not None for name in _ELSEWHERE):
            called = words(machine.logical_id, machine.prop("StateMachineName"))
            named = named_anywhere(machine, machine.prop("DefinitionSubstitutions"))
            if speaks_of_payment(called) or any(map(workload.charges, named)):
                yield machine


def _cannot_read(machine: Resource) -> Judgement:
    name = next(each for each in _ELSEWHERE if machine.prop(each) is not None)
    return cannot_tell(machine, name, why="its definition is not in this template")


def _calls_payment_service(task: Task) -> bool:
    if task.action != "http:invoke" or task.parameter("Method") in ONLY_READS:
        return False
    return speaks_of_payment(words(task.parameter("ApiEndpoint")))


def _calls_what_charges(task: Task, workload: Workload) -> bool:
    if task.function is None:
        return speaks_of_payment(words(task.function_name))
    return workload.charges(task.function)


def _judge(task: Task) -> Judgement:
    name = next((each for each in _KINDS if task.machine.prop(each) is not None), _KINDS[0])
    kind = task.machine.prop(name)
    if kind == EXPRESS:
        return violated(
            task.machine,
            name,
            given="an Express workflow charges",
            allowed="a Standard workflow, or a FIFO queue whose consumer charges",
            fix=f"remove {name}, which cannot be changed later",
        )
    if task.is_express:
        return violated(
            task.machine,
            task.written_in,
            given="a distributed map charges in Express workflows",
            allowed="ExecutionType STANDARD, or a FIFO queue whose consumer charges",
            fix="set ProcessorConfig.ExecutionType to STANDARD",
        )
    if _is_repeated(task) and not _has_key(task):
        return violated(
            task.machine,
            task.written_in,
            given="a task that calls the payment service has Retry and sends no idempotency key",
            allowed="a header Idempotency-Key made of the order and the attempt, or no Retry",
            fix="add the header, or charge from a function that looks the charge up first",
        )
    if isinstance(kind, Unknown):
        return cannot_tell(task.machine, name, why=kind.why)
    return compliant(task.machine, task.written_in)


def _is_repeated(task: Task) -> bool:
    is_repeated = bool(task.state.get("Retry")) or task.is_repeated_around
    return task.action == "http:invoke" and is_repeated


def _has_key(task: Task) -> bool:
    """Whether a header of the call is an order's idempotency key, and the same at each try."""
    headers = task.parameter("Headers")
    if isinstance(headers, Mapping):
        return any(
            _KEY in name.lower() and not FRESH.search(str(value)) and is_constant(value) is not True
            for name, value in headers.items()
        )
    return _says_key(headers)


def _says_key(headers: Value) -> bool:
    return isinstance(headers, str | Text | Reference) and _KEY in str(headers).lower()


RULE = Rule(
    id="state-machine-payment",
    title="A state machine that charges runs once, and repeats no charge without a key",
    severity=Severity.ERROR,
    why=(
        "An Express workflow that is started asynchronously runs at least once, so it may charge "
        "twice for one order, and its history is not kept. In a Standard workflow a task with "
        "Retry repeats a call that timed out after the charge went through: the payment service "
        "recognises the repetition only by an idempotency key."
    ),
    source="https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html",
    fix_cdk=(
        'headers = sfn.TaskInput.from_object({"Idempotency-Key": '
        'sfn.JsonPath.string_at("$.orderId")})'
    ),
    fix_cloudformation=(
        "Definition:\n"
        "  StartAt: Charge\n"
        "  States:\n"
        "    Charge:\n"
        "      Type: Task\n"
        "      Resource: arn:aws:states:::http:invoke\n"
        "      Parameters:\n"
        "        Headers: {Idempotency-Key.$: $.orderId}\n"
        "      End: true"
    ),
    check=check,
)
