"""The durations of a checkout, and the relations between them that keep it correct."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

import aws_cdk as cdk

from checkout_stack.foundation.deprecated_names import accept_old_names, warn_of_old_name
from checkout_stack.foundation.property_types import DURATION, type_requirements
from checkout_stack.foundation.requirements import Requirement

#: AWS's advice for a queue that feeds Lambda: a visibility timeout of at least six times the
#: function timeout, so that Lambda can retry a throttled batch before SQS delivers it again.
#: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
VISIBILITY_PER_CONSUMER_TIMEOUT = 6
#: AWS's advice for the same case: at least 5, or throttling alone moves messages to the DLQ.
FEWEST_RECEIVES = 5
#: One receive more than the outage takes, for a message that was received and not tried.
SPARE_RECEIVES = 1
#: A worker that has seen an outage sends the payment service nothing for a while after its end.
#: The pauses of its circuit breaker begin with the first and double up to the longest, so none is
#: longer than the outage and the first pause. Meanwhile messages are received, and not tried.
FIRST_BREAKER_PAUSE_SECONDS = 5
LONGEST_BREAKER_PAUSE_SECONDS = 60
#: Quotas of AWS: a Lambda timeout, an SQS visibility timeout, a redrive policy's receive count.
LONGEST_FUNCTION_TIMEOUT = cdk.Duration.minutes(15)
LONGEST_VISIBILITY = cdk.Duration.hours(12)
MOST_RECEIVES = 1000
#: Payment messages that could not be processed are kept this long: SQS's default, and long enough
#: for an outage over a weekend. It bounds the outage that a checkout can tolerate.
PAYMENT_QUEUE_RETENTION = cdk.Duration.days(4)
SHORTEST_ACTION = cdk.Duration.minutes(1)
#: A buyer who has not acted in a month buys anew.
LONGEST_ACTION = cdk.Duration.days(30)
#: A bank transfer takes a day at least. After three months no direct debit is still under way.
SHORTEST_PROCESSING = cdk.Duration.days(1)
LONGEST_PROCESSING = cdk.Duration.days(90)
#: The reconciler comes within an hour, and the buyer's bank holds money for a month at most.
SHORTEST_CAPTURE_REMINDER = cdk.Duration.hours(2)
LONGEST_CAPTURE_REMINDER = cdk.Duration.days(30)
#: A working day to capture what was shipped.
DEFAULT_CAPTURE_REMINDER = cdk.Duration.hours(24)
#: EventBridge's shortest rate, and the longest with which three runs still fit an alarm period
#: that tells the same day.
SHORTEST_RECONCILE_EVERY = cdk.Duration.minutes(1)
LONGEST_RECONCILE_EVERY = cdk.Duration.hours(1)


@accept_old_names(
    {"outage_to_ride_out": "tolerated_outage", "action_patience": "customer_action_timeout"}
)
@dataclass(frozen=True, kw_only=True)
class CheckoutTiming:
    """How long each step of a checkout may take.

    All durations are whole seconds and known at synth (no tokens): the template is computed from
    their relations. ``outage_to_ride_out`` and ``action_patience`` are deprecated names of
    ``tolerated_outage`` and ``customer_action_timeout``; they are still accepted.
    """

    #: Timeout of the payment consumer, which looks up and charges in one turn. Default 30 s: twice
    #: the default payment timeout of 10 s, 8 s for DynamoDB and start-up, and 2 s of slack. At
    #: most 15 min (Lambda's quota).
    consumer_timeout: cdk.Duration = field(default_factory=lambda: cdk.Duration.seconds(30))
    #: How far the clocks of two Lambda environments may differ. A lease outlasts the consumer by
    #: this much. Default 10 s, generous compared with the Amazon Time Sync Service's milliseconds,
    #: because a lease that ends too early costs more than one that ends late. At least 1 s.
    clock_skew: cdk.Duration = field(default_factory=lambda: cdk.Duration.seconds(10))
    #: Wait before the second try of a payment that failed for now. It doubles with every further
    #: receive. Default 5 s, so that a blip costs the buyer seconds. At least 1 s.
    first_retry: cdk.Duration = field(default_factory=lambda: cdk.Duration.seconds(5))
    #: Longest wait between two tries. Default 2 min: how late a buyer hears at worst after the
    #: payment service has recovered. At most 12 h (SQS's quota for a visibility timeout).
    longest_retry: cdk.Duration = field(default_factory=lambda: cdk.Duration.minutes(2))
    #: Outage of the payment service during which no order goes to the dead-letter queue. Default
    #: 1 h; less than the queue's retention of 4 days, and no longer than the payment service's
    #: ``key_retention`` (Stripe: ``charge_within``) less one lease and one call.
    tolerated_outage: cdk.Duration = field(default_factory=lambda: cdk.Duration.hours(1))
    #: How long a buyer may take to act where the payment service asks for it (3-D Secure). Default
    #: 1 h. Then the attempt is cancelled and ``DECLINED``, or, without a ``cancel_url``, an
    #: operator decides. From 1 min to 30 days; where the payment service cannot be asked, no
    #: longer than its ``key_retention`` less one lease and one call.
    customer_action_timeout: cdk.Duration = field(default_factory=lambda: cdk.Duration.hours(1))
    #: How long an order may stay ``PROCESSING``, where a method moves money later (SEPA, ACH). An
    #: operator decides after it. Default 21 days: a SEPA direct debit takes up to 14 business days
    #: (https://docs.stripe.com/payments/sepa-debit). From 1 to 90 days.
    processing_patience: cdk.Duration = field(default_factory=lambda: cdk.Duration.days(21))
    #: How long before a hold ends its capture is announced as due (``OrderCaptureDue``), and
    #: ``HoldsLapsing`` rings, where ``capture="later"``. Default 24 h, a working day to capture
    #: what was shipped. From 2 h, twice the longest interval of the reconciler, to 30 days. A hold
    #: that is shorter is announced as due at once. It counts for holds that come after a change.
    capture_reminder: cdk.Duration = field(default_factory=lambda: DEFAULT_CAPTURE_REMINDER)
    #: Age at which the reconciler takes an order that is not settled for stuck, and sends its
    #: number again or looks it up. Default: two visibility timeouts (6 min), one worker that died
    #: and the redelivery after it. At least one visibility timeout (six times
    #: ``consumer_timeout``), as SQS delivers again by itself until then, and at most 12 h. A
    #: shorter one finds a lost message sooner, and asks more often about orders that would have
    #: been settled without it.
    stuck_after: cdk.Duration | None = None
    #: Interval of the reconciler. Default 5 min, in whole minutes (EventBridge rates) from 1 min
    #: to 1 h.
    reconcile_every: cdk.Duration = field(default_factory=lambda: cdk.Duration.minutes(5))

    @property
    def outage_to_ride_out(self) -> cdk.Duration:
        """Deprecated: the old name of ``tolerated_outage``."""
        warn_of_old_name("outage_to_ride_out", "tolerated_outage")
        return self.tolerated_outage

    @property
    def action_patience(self) -> cdk.Duration:
        """Deprecated: the old name of ``customer_action_timeout``."""
        warn_of_old_name("action_patience", "customer_action_timeout")
        return self.customer_action_timeout

    @property
    def visibility_timeout(self) -> cdk.Duration:
        """How long a received payment message stays hidden: six consumer timeouts."""
        seconds = self.consumer_timeout.to_seconds() * VISIBILITY_PER_CONSUMER_TIMEOUT
        return cdk.Duration.seconds(seconds)

    @property
    def lease(self) -> cdk.Duration:
        """How long a claim on an order holds: until its worker is certainly dead."""
        return self.consumer_timeout.plus(self.clock_skew)

    @property
    def reconcile_after(self) -> cdk.Duration:
        """Age at which the reconciler treats an unsettled order as stuck; see ``stuck_after``."""
        if self.stuck_after is not None:
            return self.stuck_after
        return cdk.Duration.seconds(2 * self.visibility_timeout.to_seconds())

    @property
    def max_receive_count(self) -> int:
        """Receives after which SQS moves a payment message to the dead-letter queue.

        As many as it takes for the waits between them to add up to ``tolerated_outage`` and the
        pause of a circuit breaker after it, and one to spare; at least the five of AWS's advice.
        """
        wait = self.first_retry.to_seconds()
        longest_wait = self.longest_retry.to_seconds()
        outage = self.tolerated_outage.to_seconds()
        pause = min(LONGEST_BREAKER_PAUSE_SECONDS, outage + FIRST_BREAKER_PAUSE_SECONDS)
        receives, waited = 1, 0.0
        while waited < outage + pause and receives <= MOST_RECEIVES:
            waited += wait
            wait = min(longest_wait, 2 * wait)
            receives += 1
        return int(max(FEWEST_RECEIVES, receives + SPARE_RECEIVES))

    def environment(self) -> dict[str, str]:
        """Return the environment of a function that claims orders and returns messages."""
        seconds = {
            "LEASE_SECONDS": self.lease,
            "FIRST_RETRY_SECONDS": self.first_retry,
            "LONGEST_RETRY_SECONDS": self.longest_retry,
            "ACTION_SECONDS": self.customer_action_timeout,
            "PROCESSING_PATIENCE_SECONDS": self.processing_patience,
        }
        if self.capture_reminder.to_seconds() != DEFAULT_CAPTURE_REMINDER.to_seconds():
            seconds["CAPTURE_REMINDER_SECONDS"] = self.capture_reminder
        return {name: str(int(value.to_seconds())) for name, value in seconds.items()}

    def type_requirements(self) -> list[Requirement]:
        """Return that each of them is a duration."""
        expected = dict.fromkeys((each.name for each in dataclasses.fields(self)), DURATION)
        expected["stuck_after"] = DURATION.or_none()
        return type_requirements(expected, vars(self), of="timing")

    def requirements(self) -> list[Requirement]:
        """Return what has to hold among the durations themselves."""
        types = self.type_requirements()
        if not all(requirement.holds for requirement in types):
            return types
        given = [
            each.name for each in dataclasses.fields(self) if vars(self)[each.name] is not None
        ]
        known = [self._in_whole_seconds(name) for name in given]
        if not all(requirement.holds for requirement in known):
            return known
        ranges = self._ranges()
        if not all(requirement.holds for requirement in ranges):
            return ranges
        return [*ranges, *self._derived_ranges()]

    def _in_whole_seconds(self, name: str) -> Requirement:
        duration: cdk.Duration = getattr(self, name)
        token = duration.is_unresolved()
        return Requirement(
            holds=not token and duration.to_milliseconds() % 1000 == 0,
            property=f"timing.{name}",
            given="a token" if token else duration.to_human_string(),
            allowed="whole seconds known at synth, because others are computed from it",
            fix="give a number, for example Duration.seconds(30)",
        )

    def _ranges(self) -> list[Requirement]:
        every = self.reconcile_every.to_seconds()
        return [
            Requirement(
                holds=0
                < self.consumer_timeout.to_seconds()
                <= LONGEST_FUNCTION_TIMEOUT.to_seconds(),
                property="timing.consumer_timeout",
                given=self.consumer_timeout.to_human_string(),
                allowed="1 second to 15 minutes, Lambda's quota",
                fix="shorten consumer_timeout, and the payment service's timeout with it",
            ),
            Requirement(
                holds=self.clock_skew.to_seconds() >= 1,
                property="timing.clock_skew",
                given=self.clock_skew.to_human_string(),
                allowed="at least 1 second, because clocks of different machines differ",
                fix="leave clock_skew at its default of 10 seconds",
            ),
            Requirement(
                holds=1
                <= self.first_retry.to_seconds()
                <= self.longest_retry.to_seconds()
                <= LONGEST_VISIBILITY.to_seconds(),
                property="timing.first_retry and timing.longest_retry",
                given=(
                    f"{self.first_retry.to_human_string()} and "
                    f"{self.longest_retry.to_human_string()}"
                ),
                allowed="1 second <= first_retry <= longest_retry <= 12 hours, SQS's quota",
                fix="shorten first_retry or lengthen longest_retry",
            ),
            Requirement(
                holds=SHORTEST_ACTION.to_seconds()
                <= self.customer_action_timeout.to_seconds()
                <= LONGEST_ACTION.to_seconds(),
                property="timing.customer_action_timeout",
                given=self.customer_action_timeout.to_human_string(),
                allowed="1 minute to 30 days: the buyer has to act in it, and waits no longer",
                fix="leave customer_action_timeout at its default of 1 hour",
            ),
            Requirement(
                holds=SHORTEST_PROCESSING.to_seconds()
                <= self.processing_patience.to_seconds()
                <= LONGEST_PROCESSING.to_seconds(),
                property="timing.processing_patience",
                given=self.processing_patience.to_human_string(),
                allowed="1 to 90 days, as money of asynchronous methods moves in days",
                fix="leave processing_patience at its default of 21 days",
            ),
            Requirement(
                holds=SHORTEST_CAPTURE_REMINDER.to_seconds()
                <= self.capture_reminder.to_seconds()
                <= LONGEST_CAPTURE_REMINDER.to_seconds(),
                property="timing.capture_reminder",
                given=self.capture_reminder.to_human_string(),
                allowed="2 hours to 30 days: who captures needs time for it, and no bank holds "
                "money for longer",
                fix="leave capture_reminder at its default of 24 hours",
            ),
            Requirement(
                holds=SHORTEST_RECONCILE_EVERY.to_seconds()
                <= every
                <= LONGEST_RECONCILE_EVERY.to_seconds()
                and every % 60 == 0,
                property="timing.reconcile_every",
                given=self.reconcile_every.to_human_string(),
                allowed="whole minutes from 1 minute to 1 hour, as EventBridge rates are",
                fix="round reconcile_every to whole minutes",
            ),
        ]

    def _derived_ranges(self) -> list[Requirement]:
        return [
            Requirement(
                holds=self.visibility_timeout.to_seconds()
                <= self.reconcile_after.to_seconds()
                <= LONGEST_VISIBILITY.to_seconds(),
                property="timing.stuck_after",
                given=self.reconcile_after.to_human_string(),
                allowed=f"{self.visibility_timeout.to_human_string()} (the visibility timeout: six "
                "times consumer_timeout) to 12 hours",
                fix="leave stuck_after out: two visibility timeouts",
            ),
            Requirement(
                holds=self.tolerated_outage.to_seconds() < PAYMENT_QUEUE_RETENTION.to_seconds(),
                property="timing.tolerated_outage",
                given=self.tolerated_outage.to_human_string(),
                allowed="less than the payment queue's retention of 4 days",
                fix="shorten tolerated_outage",
            ),
            Requirement(
                holds=self.max_receive_count <= MOST_RECEIVES,
                property="timing.max_receive_count",
                given=self.max_receive_count
                if self.max_receive_count <= MOST_RECEIVES
                else f"more than {MOST_RECEIVES}",
                allowed=f"at most {MOST_RECEIVES}, SQS's quota for a redrive policy",
                fix="lengthen longest_retry or shorten tolerated_outage",
            ),
        ]
