"""A pipe that takes work from a queue waits for what it calls."""

from __future__ import annotations

from checkout_stack.policy.rules.judging import judge_each, judged, settled, stated
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity, violated
from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.template.values import at
from checkout_stack.policy.workload.relations import Trigger
from checkout_stack.policy.workload.workload import Workload

_TARGETS = {
    "LambdaFunctionParameters": "and return batchItemFailures",
    "StepFunctionStateMachineParameters": "and start an Express workflow: a pipe cannot wait for "
    "a Standard one",
}
"""What a pipe may wait for, and what has to be done there as well."""
_STARTED = {
    "EcsTaskParameters": (":cluster/", "a task of ECS"),
    "BatchJobParameters": (":job-queue/", "a job of Batch"),
    "EventBridgeEventBusParameters": (":event-bus/", "what an event bus tells"),
}
"""Targets that take a message and report no failure: parameters, part of the ARN, and what."""
_TYPE = "InvocationType"
WAITS = "REQUEST_RESPONSE"


def check(workload: Workload) -> list[Judgement]:
    """Judge each pipe that takes work from a queue."""
    pipes = [pipe for queue in workload.queues for pipe in workload.pipes_of(queue)]
    return judge_each(pipes, _judge, otherwise="no pipe reads a queue of such work")


def _started(pipe: Resource) -> str:
    """What the pipe starts without waiting for its end; empty if it waits."""
    target, given = str(pipe.prop("Target")), pipe.prop("TargetParameters")
    kinds = (
        what
        for name, (arn, what) in _STARTED.items()
        if arn in target or at(given, name) is not None
    )
    return next(kinds, "")


def _judge(pipe: Trigger) -> Judgement:
    started = _started(pipe.resource)
    if started:
        return violated(
            pipe.resource,
            "Target",
            given=f"the pipe starts {started}, and deletes the message once that is accepted",
            allowed="a target that the pipe waits for",
            fix="receive from the queue where the charge is made, or let the pipe call a function "
            "that charges",
        )
    ways = {each: pipe.resource.prop("TargetParameters", each, _TYPE) for each in _TARGETS}
    given = (each for each, way in ways.items() if way is not None)
    target = next(given, "LambdaFunctionParameters")
    how = ways[target]
    return judged(
        settled(how, lambda each: each in (None, WAITS)),
        pipe.resource,
        "TargetParameters",
        given=stated(_TYPE, how),
        allowed=f"{WAITS}, or absent",
        fix=f"set {target}: {{InvocationType: {WAITS}}} {_TARGETS[target]}",
    )


RULE = Rule(
    id="pipe-consumer",
    title="A pipe that takes work from a queue waits for what it calls",
    severity=Severity.ERROR,
    why=(
        "With FIRE_AND_FORGET a pipe deletes the message as soon as the call is accepted. A "
        "charge that fails afterwards is repeated by Lambda without the queue's order and its "
        "dead letters, or is lost. A pipe that waits for the answer deletes only what the "
        "function does not report as failed."
    ),
    source="https://docs.aws.amazon.com/eventbridge/latest/userguide/pipes-targets-specifics.html",
    fix_cdk=(
        'pipes.CfnPipe(self, "Pipe", role_arn=role_arn, source=payments.queue_arn,\n'
        "    target=charge.function_arn,\n"
        "    target_parameters=pipes.CfnPipe.PipeTargetParametersProperty(\n"
        "        lambda_function_parameters=(\n"
        "            pipes.CfnPipe.PipeTargetLambdaFunctionParametersProperty(\n"
        '                invocation_type="REQUEST_RESPONSE"))))'
    ),
    fix_cloudformation=(
        "Properties:\n"
        "  TargetParameters:\n"
        "    LambdaFunctionParameters: {InvocationType: REQUEST_RESPONSE}"
    ),
    check=check,
)
