"""What takes messages from queues beside functions: tasks of ECS and state machines."""

from __future__ import annotations

from collections.abc import Iterator

from checkout_stack.policy.template.resource import Resource
from checkout_stack.policy.workload.recognition import makes_payments
from checkout_stack.policy.workload.relations import QUEUE, TASK
from checkout_stack.policy.workload.state_machines import STATE_MACHINE, Task, tasks_of
from checkout_stack.policy.workload.vocabulary import speaks_of_payment, words

_TASK_OF_PIPE = ("TargetParameters", "EcsTaskParameters", "TaskDefinitionArn")


def started_by_pipe(pipe: Resource) -> Iterator[Resource]:
    """The state machine or the task of ECS that a pipe starts with what it reads."""
    machines = [pipe.related(pipe.prop(name), STATE_MACHINE) for name in ("Target", "Enrichment")]
    for found in (*machines, pipe.related(pipe.prop(*_TASK_OF_PIPE), TASK)):
        if isinstance(found, Resource):
            yield found


def received_by_machine(machine: Resource) -> Iterator[Resource]:
    """The queues from which a state machine receives by itself, unless it only hands on."""
    tasks = list(tasks_of(machine))
    if any(each.action == "sqs:sendMessage" for each in tasks) and not any(map(_charges, tasks)):
        return
    for task in tasks:
        if task.action == "sqs:receiveMessage":
            queue = machine.related(task.parameter("QueueUrl"), QUEUE)
            if isinstance(queue, Resource):
                yield queue


def machine_charges(machine: Resource) -> bool:
    """Whether a state machine takes money: one of its tasks does, or its name says so."""
    return makes_payments(machine) or any(map(_charges, tasks_of(machine)))


def _charges(task: Task) -> bool:
    if task.action == "http:invoke":
        endpoint = words(task.parameter("ApiEndpoint"))
        return task.parameter("Method") != "GET" and speaks_of_payment(endpoint)
    if task.function is not None:
        return makes_payments(task.function)
    return speaks_of_payment(words(task.function_name))
