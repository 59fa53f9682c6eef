"""Names follow the place of a construct, and differ where places differ."""

import aws_cdk as cdk
from constructs import Construct

from checkout_stack.foundation.deployed_path import deployed_path, metric_namespace, resource_name


def named(construct: Construct) -> str:
    return resource_name(construct, suffix=".fifo", max_length=80)


def test_a_path_begins_with_the_stacks_name_and_not_its_id() -> None:
    stack = cdk.Stack(cdk.App(), "Id", stack_name="production-shop")
    assert deployed_path(Construct(stack, "Checkout")) == "production-shop/Checkout"


def test_the_name_is_the_same_at_every_synth() -> None:
    names = {named(Construct(cdk.Stack(cdk.App(), "Shop"), "Checkout")) for _ in range(2)}
    assert len(names) == 1


def test_two_constructs_whose_ids_read_alike_get_different_names(stack: cdk.Stack) -> None:
    one = Construct(Construct(stack, "A"), "B-C")
    other = Construct(Construct(stack, "A-B"), "C")
    assert named(one) != named(other)


def test_nested_stacks_of_the_same_id_in_two_stacks_get_different_names() -> None:
    app = cdk.App()
    names = {
        named(Construct(cdk.NestedStack(cdk.Stack(app, each), "Nested"), "Checkout"))
        for each in ("One", "Two")
    }
    assert len(names) == 2


def test_long_names_are_cut_and_still_differ(stack: cdk.Stack) -> None:
    names = [named(Construct(stack, "C" * 200 + each)) for each in "ab"]
    assert names[0] != names[1]
    assert all(len(name) <= 80 for name in names)


def test_a_metric_namespace_has_only_characters_that_cloudwatch_allows(stack: cdk.Stack) -> None:
    checkout = Construct(stack, "Check out: é")
    assert metric_namespace(checkout) == "IdempotentCheckout/Shop/Check-out---"
