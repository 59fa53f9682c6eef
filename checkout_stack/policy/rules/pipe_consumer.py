"""A pipe that takes work from a queue waits for what it calls."""

from __future__ import annotations

from checkout_stack.policy.rules.judging import judge_each, judged, settled, stated
from checkout_stack.policy.rules.rule import Judgement, Rule, Severity
from checkout_stack.policy.workload.relations import Trigger
from checkout_stack.policy.workload.workload import Workload

_TARGETS = {
    "LambdaFunctionParameters": "and return batchItemFailures",
    "StepFunctionStateMachineParameters": "and start an Express workflow: a pipe cannot wait for "
    "a Standard one",
}
"""What a pipe may wait for, and what has to be done there as well."""
_TYPE = "InvocationType"
WAITS = "REQUEST_RESPONSE"


def check(workload: Workload) -> list[Judgement]:
    """Judge each pipe that takes work from a queue."""
    pipes = [pipe for queue in workload.queues for pipe in workload.pipes_of(queue)]
    return judge_each(pipes, _judge, otherwise="no pipe reads a queue of such work")


def _judge(pipe: Trigger) -> Judgement:
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
