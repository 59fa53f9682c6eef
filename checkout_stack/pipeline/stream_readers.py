"""Who reads the stream of the order table: there is room for the relay and for one more."""

from __future__ import annotations

import aws_cdk as cdk
import jsii
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct, IConstruct

from checkout_stack.foundation.one_value import value_keys

#: Of one shard at a time; more are throttled
#: (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html). The
#: relay is one.
MOST_READERS = 2
#: What reads a stream, by the name of its class, and the property that names the stream. The class
#: itself would cost every synth the import of its module.
_STREAM_OF = {"CfnEventSourceMapping": "event_source_arn", "CfnPipe": "source"}


class StreamReaders(Construct):
    """Warns at synth where the app has a third reader of the order table's stream.

    DynamoDB throttles all of them then, the relay too, and buyers wait. It makes no resource.
    """

    def __init__(self, scope: Construct, construct_id: str, *, table: dynamodb.ITable) -> None:
        """Look, when everything else is there, at every mapping and pipe of the app.

        :param table: The order table.
        """
        super().__init__(scope, construct_id)
        # On this construct, which has nothing below it: so it is visited once.
        cdk.Aspects.of(self).add(_WarnOfAThird(table))


@jsii.implements(cdk.IAspect)
class _WarnOfAThird:
    def __init__(self, table: dynamodb.ITable) -> None:
        self._table = table

    def visit(self, node: IConstruct) -> None:
        """Add the warning, if there is anything to warn of."""
        stream = set(value_keys(node, str(self._table.table_stream_arn)))
        readers = [
            each.node.path
            for each in node.node.root.node.find_all()
            if (name := _STREAM_OF.get(type(each).__name__))
            and not stream.isdisjoint(value_keys(each, str(getattr(each, name))))
        ]
        if len(readers) > MOST_READERS:
            cdk.Annotations.of(node).add_warning_v2(
                "idempotent-checkout:stream-readers",
                f"{len(readers)} readers of the order table's stream ({', '.join(readers)}): it "
                f"has room for {MOST_READERS}, and DynamoDB throttles all of them, the relay of "
                "the checkout too. Take what becomes of orders from order_events instead.",
            )
