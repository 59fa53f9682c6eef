"""Which queues carry work to be done once."""

from __future__ import annotations

import pytest

from checkout_stack.policy.template.template import joined
from checkout_stack.policy.workload.vocabulary import words
from checkout_stack.policy.workload.workload import Workload
from tests.checkout_stack.policy.small_rules import template


def recognised(resources: str, *named: str) -> dict[str, str]:
    return {
        queue.logical_id: why
        for queue, why in Workload(
            joined([template(f"Resources:\n{resources}")]), named
        ).recognised.items()
    }


def queue(logical_id: str, properties: str = "") -> str:
    return f"  {logical_id}: {{Type: AWS::SQS::Queue, Properties: {{{properties}}}}}\n"


def consumer(source: str, logical_id: str, properties: str = "") -> str:
    return f"""\
  {logical_id}: {{Type: AWS::Lambda::Function, Properties: {{{properties}}}}}
  {logical_id}Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {{EventSourceArn: !GetAtt {source}.Arn, FunctionName: !Ref {logical_id}}}
"""


def pipe(source: str, target: str) -> str:
    return f"""\
  {target}: {{Type: AWS::Lambda::Function}}
  Pipe:
    Type: AWS::Pipes::Pipe
    Properties: {{Source: !GetAtt {source}.Arn, Target: !GetAtt {target}.Arn}}
"""


def poller(source: str, logical_id: str, kind: str, role: str, moves: str = "") -> str:
    return f"""\
  {logical_id}: {{Type: {kind}, Properties: {{{role}: !GetAtt Role.Arn}}}}
  Role: {{Type: AWS::IAM::Role}}
  Policy:
    Type: AWS::IAM::Policy
    Properties:
      Roles: [!Ref Role]
      PolicyDocument:
        Statement:
          - Effect: Allow
            Action: [sqs:ReceiveMessage{moves}]
            Resource: !GetAtt {source}.Arn
"""


WORK_NAMES = (
    "paymentcapture",
    "orderprocessing",
    "orderevents",
    "placeorder",
    "neworders",
    "ordersfifo",
    "checkoutcom",
    "squareup-jobs",
    "deposits",
    "direct-debits",
    "chargeback-requests",
    "wallet-topups",
    "WalletTopUps",
    "wallet_top_up",
    "orderprocessingqueue",
    "paymentjobs",
    "purchaseorders",
    "seat-reservations",
    "remittances",
    "payroll.fifo",
    "psp-calls",
    "sepa-debits",
    "fraud-checked-payments",
    "policy-purchases",
    "catalog-orders",
    "photographic-print-orders",
    "translation-orders",
    "white-label-payments",
)
PROVIDERS = (
    "https://api.authorize.net",
    "https://api.checkout.com",
    "https://connect.squareup.com",
    "https://apis.bluesnap.com",
    "https://api.sandbox.braintreegateway.com",
)
OTHER_NAMES = (
    "charging-sessions",
    "webcam-capture",
    "web-capture",
    "motion-capture",
    "capture-metadata",
    "stacking-order",
    "render-order",
    "checkout-sha",
    "checkout-page-views",
    "booking-reminders",
    "invoice-pdf-generator",
    "session-transfer",
    "knowledge-transfer",
    "style-transfer",
    "desktop-updates",
    "stop-upload",
    "file-deposits",
    "capacity-reservations",
    "recorder",
    "barcode-stripes",
    "work-orders",
    "WorkOrders",
    "library-checkouts",
    "invoice-ocr",
    "order-history",
    "order-labels",
    "refund-pages",
    "purchase-recommendations",
    "payment-features",
    "room-booking-calendar",
    "pay-grade",
    "blood-donations",
    "stock-transfers",
    "exposure-capture",
    "payment-succeeded",
    "invoice-uploads",
    "order-backfill",
)
FAILED = "DestinationConfig: {OnFailure: {Destination: !GetAtt OrderErrors.Arn}}"
DEAD = "DeadLetterConfig: {Arn: !GetAtt OrderErrors.Arn}"


@pytest.mark.parametrize(
    "named_by",
    [
        "F: {Type: AWS::Lambda::Function, Properties: "
        "{DeadLetterConfig: {TargetArn: !GetAtt OrderErrors.Arn}}}",
        "F: {Type: AWS::Serverless::Function, Properties: "
        "{DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt OrderErrors.Arn}}}",
        f"F: {{Type: AWS::Lambda::EventInvokeConfig, Properties: {{{FAILED}}}}}",
        f"F: {{Type: AWS::Events::Rule, Properties: {{Targets: [{{Id: a, {DEAD}}}]}}}}",
        f"F: {{Type: AWS::Scheduler::Schedule, Properties: {{Target: {{{DEAD}}}}}}}",
        "F: {Type: AWS::SNS::Subscription, Properties: "
        "{RedrivePolicy: {deadLetterTargetArn: !GetAtt OrderErrors.Arn}}}",
        "F: {Type: AWS::SNS::Subscription, Properties: {RedrivePolicy: "
        """!Sub '{"deadLetterTargetArn": "${OrderErrors.Arn}"}'}}""",
        f"F: {{Type: AWS::Events::EventBus, Properties: {{{DEAD}}}}}",
        f"F: {{Type: AWS::Serverless::StateMachine, Properties: "
        f"{{Events: {{E: {{Type: Schedule, Properties: {{{DEAD}}}}}}}}}}}",
        "F: {Type: AWS::Lambda::Function, Properties: {DeadLetterConfig: !If [Live, "
        "{TargetArn: !GetAtt OrderErrors.Arn}, !Ref AWS::NoValue]}}\n"
        'Conditions: {Live: !Equals [!Ref "AWS::Region", eu-west-1]}',
    ],
)
def test_what_keeps_the_failures_of_something_is_no_work(named_by: str) -> None:
    assert recognised(queue("OrderErrors") + f"  {named_by}\n") == {}


def test_a_failure_queue_that_a_charging_function_reads_is_work() -> None:
    redrive = "RedrivePolicy: {deadLetterTargetArn: !GetAtt Second.Arn}"
    text = queue("First", redrive) + queue("Second") + consumer("Second", "ChargeCard")
    assert recognised(text) == {
        "First": "its failures, which are charged",
        "Second": "its consumer ChargeCard",
    }


def test_what_moves_dead_letters_back_is_no_charging_reader() -> None:
    redrive = "RedrivePolicy: {deadLetterTargetArn: !GetAtt Second.Arn}"
    reader = poller("Second", "PaymentTool", "AWS::Lambda::Function", "Role", "{moves}")
    text = queue("First", redrive) + queue("Second") + reader
    assert len(recognised(text.replace("{moves}", ""))) == 2
    assert recognised(text.replace("{moves}", ", sqs:StartMessageMoveTask")) == {}


def test_a_function_that_is_called_for_a_queue_polls_no_other() -> None:
    text = queue("Failures") + queue("Jobs") + consumer("Jobs", "ChargeCard", "Role: !Ref Role")
    polled = poller("Failures", "Unused", "AWS::Lambda::Function", "Role")
    assert [*recognised(text + polled)] == ["Jobs"]


def test_a_task_that_may_receive_dead_letters_too_works_on_the_queue_alone() -> None:
    redrive = "RedrivePolicy: {deadLetterTargetArn: !GetAtt Second.Arn}"
    task = poller("First", "PaymentTask", "AWS::ECS::TaskDefinition", "TaskRoleArn")
    both = task.replace("!GetAtt First.Arn", "[!GetAtt First.Arn, !GetAtt Second.Arn]")
    assert [*recognised(queue("First", redrive) + queue("Second") + both)] == ["First"]


def test_a_policy_that_its_role_names_counts_too() -> None:
    task = poller("Jobs", "PaymentTask", "AWS::ECS::TaskDefinition", "TaskRoleArn")
    named = task.replace(
        "Role: {Type: AWS::IAM::Role}",
        "Role: {Type: AWS::IAM::Role, Properties: {ManagedPolicyArns: [!Ref Policy]}}",
    ).replace("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
    text = named.replace("      Roles: [!Ref Role]\n", "")
    assert [*recognised(queue("Jobs") + text)] == ["Jobs"]


@pytest.mark.parametrize(
    ("action", "secret", "found"),
    [
        ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:a:b:secret:stripe-key", True),
        ("ssm:GetParameter", "arn:aws:ssm:a:b:parameter/adyen/key", True),
        ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:a:b:secret:database", False),
        ("s3:GetObject", "arn:aws:s3:::stripes", False),
    ],
)
def test_a_consumer_that_may_read_a_payment_services_secret_charges(
    action: str, secret: str, found: bool
) -> None:
    role = f"""\
  Role:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyName: worker
          PolicyDocument:
            Statement: [{{Effect: Allow, Action: "{action}", Resource: "{secret}"}}]
"""
    text = queue("Jobs") + consumer("Jobs", "Worker", "Role: !GetAtt Role.Arn") + role
    assert bool(recognised(text)) is found


def test_a_function_that_enriches_what_a_pipe_reads_is_its_consumer() -> None:
    text = pipe("Jobs", "ChargeCard").replace("Target: !GetAtt", "Enrichment: !GetAtt")
    assert [*recognised(queue("Jobs") + text)] == ["Jobs"]


@pytest.mark.parametrize(
    ("given", "is_work"),
    [
        ("Code: {ImageUri: 1.dkr.ecr.eu-west-1.amazonaws.com/shop/charge-service:1}", True),
        ("Code: {ImageUri: 1.dkr.ecr.eu-west-1.amazonaws.com/checkout/resize:1}", False),
        ("CodeUri: services/payments/src/", True),
        ("CodeUri: checkout/thumbnails/", False),
        ("Description: Takes payments for orders", True),
        ("Description: Mails receipts of payments", False),
        ("Layers: ['arn:aws:lambda:eu-west-1:123456789012:layer:stripe-sdk:3']", True),
        ("Layers: ['arn:aws:lambda:eu-west-1:123456789012:layer:checkout-common:3']", False),
        ("FunctionName: mailer, CodeUri: services/payments/", False),
        ("Code: {S3Bucket: code, S3Key: payments/charge.zip}", True),
        ("Code: {S3Bucket: code, S3Key: 0a1b2c.zip}", False),
        ("Code: {ZipFile: 'import stripe'}", True),
        ("InlineCode: 'const order = []'", False),
    ],
)
def test_the_code_of_what_reads_a_queue_says_whether_it_charges(given: str, is_work: bool) -> None:
    assert bool(recognised(queue("Jobs") + consumer("Jobs", "Worker", given))) is is_work
    assert (
        recognised(
            queue("Jobs") + f"  F: {{Type: AWS::Lambda::Function, Properties: {{{given}}}}}\n"
        )
        == {}
    )


@pytest.mark.parametrize(
    "reader",
    [
        "Type: AWS::AppRunner::Service, Properties: {ServiceName: %s, "
        "InstanceConfiguration: {InstanceRoleArn: !GetAtt Role.Arn}}",
        "Type: AWS::Batch::JobDefinition, Properties: {JobDefinitionName: %s, "
        "ContainerProperties: {Image: x, JobRoleArn: !GetAtt Role.Arn}}",
        "Type: AWS::Batch::JobDefinition, Properties: {"
        "ContainerProperties: {Image: %s, JobRoleArn: !GetAtt Role.Arn}}",
    ],
)
def test_other_services_that_poll_are_readers(reader: str) -> None:
    text = queue("Jobs") + poller("Jobs", "Worker", "AWS::Lambda::Function", "Other")
    for name, found in (("charge-cards", {"Jobs": "its consumer Runner"}), ("resize", {})):
        assert recognised(f"{text}  Runner: {{{reader % name}}}\n") == found


def test_an_instance_that_polls_by_its_profile_is_a_reader() -> None:
    text = (
        queue("Jobs")
        + poller("Jobs", "PaymentWorker", "AWS::EC2::Instance", "Unused")
        + """\
  Profile: {Type: AWS::IAM::InstanceProfile, Properties: {Roles: [!Ref Role]}}
"""
    )
    assert recognised(text) == {}
    text = text.replace("{Unused: !GetAtt Role.Arn}", "{IamInstanceProfile: !Ref Profile}")
    assert recognised(text) == {"Jobs": "its consumer PaymentWorker"}


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (
            "AWS::EC2::LaunchTemplate",
            "LaunchTemplateData: {IamInstanceProfile: {Arn: !GetAtt Profile.Arn}}",
        ),
        (
            "AWS::EC2::LaunchTemplate",
            "LaunchTemplateData: {IamInstanceProfile: {Name: !Ref Profile}}",
        ),
        ("AWS::AutoScaling::LaunchConfiguration", "IamInstanceProfile: !Ref Profile"),
    ],
)
def test_what_starts_instances_that_poll_is_a_reader(kind: str, given: str) -> None:
    role = poller("Jobs", "Unused", "AWS::Lambda::Function", "Other")
    profile = "  Profile: {Type: AWS::IAM::InstanceProfile, Properties: {Roles: [!Ref Role]}}\n"
    workers = f"  PaymentWorkers: {{Type: {kind}, Properties: {{{given}}}}}\n"
    found = {"Jobs": "its consumer PaymentWorkers"}
    assert recognised(queue("Jobs") + role + profile + workers) == found


@pytest.mark.parametrize(
    ("connectors", "apart", "found"),
    [
        ("Read: {Properties: {Destination: {Id: Jobs}, Permissions: [Read]}}", "", True),
        ("Send: {Properties: {Destination: {Id: Jobs}, Permissions: [Write]}}", "", False),
        ("", "Source: {Id: ChargeCard}, Destination: {Id: Jobs}, Permissions: [Read]", True),
        ("", "Source: {Id: Jobs}, Destination: {Id: ChargeCard}, Permissions: [Read]", False),
    ],
)
def test_a_function_that_a_connector_of_sam_lets_receive_is_a_reader(
    connectors: str, apart: str, found: bool
) -> None:
    text = queue("Jobs") + (
        "  ChargeCard: {Type: AWS::Serverless::Function, Properties: {CodeUri: src}, "
        f"Connectors: {{{connectors}}}}}\n"
        f"  Apart: {{Type: AWS::Serverless::Connector, Properties: {{{apart}}}}}\n"
    )
    assert recognised(text) == ({"Jobs": "its consumer ChargeCard"} if found else {})


@pytest.mark.parametrize("action", ["sqs:ReceiveMessage", "sqs:SendMessage"])
def test_a_function_that_the_policy_of_a_queue_lets_receive_is_a_reader(action: str) -> None:
    text = (
        queue("Jobs")
        + f"""\
  ChargeCard: {{Type: AWS::Lambda::Function, Properties: {{Role: !GetAtt Role.Arn}}}}
  Role: {{Type: AWS::IAM::Role}}
  Policy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Jobs]
      PolicyDocument:
        Statement:
          - Effect: Allow
            Principal: {{AWS: !GetAtt Role.Arn}}
            Action: {action}
            Resource: "*"
"""
    )
    found = {"Jobs": "its consumer ChargeCard"} if "Receive" in action else {}
    assert recognised(text) == found


def container(logical_id: str, given: str) -> str:
    task = poller("Jobs", logical_id, "AWS::ECS::TaskDefinition", "TaskRoleArn")
    return task.replace(
        "{TaskRoleArn", f"{{ContainerDefinitions: [{{Name: app, {given}}}], TaskRoleArn"
    )


@pytest.mark.parametrize(
    ("given", "is_work"),
    [
        ("Secrets: [{Name: STRIPE_SECRET_KEY, ValueFrom: !Ref X}]", True),
        ("Secrets: [{Name: KEY, ValueFrom: prod/stripe/key}]", True),
        ("Secrets: [{Name: MAIL_KEY, ValueFrom: prod/mail}]", False),
        ("Command: [python, charge_orders.py, --log-level, info]", True),
        ("Command: [python, resize.py, --sort-order, name]", False),
    ],
)
def test_a_task_charges_by_its_secrets_and_its_command(given: str, is_work: bool) -> None:
    assert bool(recognised(queue("Jobs") + container("Worker", given))) is is_work


@pytest.mark.parametrize(
    ("name", "is_work"),
    [("charge-orders", True), ("charge-mails", False), ("orders", True), ("order-mails", False)],
)
def test_a_task_charges_by_the_name_of_its_service(name: str, is_work: bool) -> None:
    service = f"""\
  Service:
    Type: AWS::ECS::Service
    Properties: {{ServiceName: {name}, TaskDefinition: !Ref Worker}}
"""
    assert bool(recognised(queue("Jobs") + container("Worker", "Image: x") + service)) is is_work


@pytest.mark.parametrize(
    ("given", "is_work"),
    [
        ("EntryPoint: [/app/process-payments]", True),
        ("Environment: [{Name: ORDER_QUEUE_URL, Value: !Ref Jobs}]", True),
        ("Environment: [{Name: ORDER_QUEUE_URL, Value: !Ref Others}]", False),
        ("Environment: [{Name: JOBS_QUEUE_URL, Value: !Ref Jobs}]", False),
    ],
)
def test_a_task_says_by_a_variable_what_its_queue_carries(given: str, is_work: bool) -> None:
    text = queue("Jobs") + queue("Others") + container("Worker", given)
    assert ("Jobs" in recognised(text)) is is_work


def machine(*tasks: str) -> str:
    states = ", ".join(f"S{number}: {{Type: Task, {each}}}" for number, each in enumerate(tasks))
    return f"""\
  Flow:
    Type: AWS::StepFunctions::StateMachine
    Properties: {{Definition: {{StartAt: S0, States: {{{states}}}}}}}
  ChargeCard: {{Type: AWS::Lambda::Function}}
"""


INVOKES = 'Resource: "arn:aws:states:::lambda:invoke", Parameters: {FunctionName: !Ref ChargeCard}'
CALLS = 'Resource: "arn:aws:states:::http:invoke", Parameters: {ApiEndpoint: "https://api.%s.com"}'
RECEIVES = (
    'Resource: "arn:aws:states:::aws-sdk:sqs:receiveMessage", Parameters: {QueueUrl: !Ref Jobs}'
)
SENDS = 'Resource: "arn:aws:states:::sqs:sendMessage", Parameters: {QueueUrl: !Ref Other}'
PIPE = """\
  Pipe:
    Type: AWS::Pipes::Pipe
    Properties: {Source: !GetAtt Jobs.Arn, Target: !Ref Flow}
"""


@pytest.mark.parametrize(
    ("resources", "is_work"),
    [
        (PIPE + machine(INVOKES), True),
        (PIPE + machine(CALLS % "stripe"), True),
        (PIPE + machine(CALLS % "weather"), False),
        (machine(RECEIVES, CALLS % "stripe"), True),
        (machine(RECEIVES, INVOKES), True),
        (machine(RECEIVES), False),
        (machine(RECEIVES).replace("Flow:", "ChargeFlow:"), True),
        (machine(RECEIVES, SENDS).replace("Flow:", "ChargeFlow:"), False),
    ],
)
def test_a_workflow_that_charges_is_a_reader(resources: str, is_work: bool) -> None:
    assert bool(recognised(queue("Jobs") + resources)) is is_work


def test_a_task_that_a_pipe_starts_is_a_reader() -> None:
    target = "TargetParameters: {EcsTaskParameters: {TaskDefinitionArn: !Ref Task}}"
    text = queue("Jobs") + PIPE.replace("Target: !Ref Flow", target)
    task = "  Task: {Type: AWS::ECS::TaskDefinition, Properties: {Family: %s}}\n"
    assert recognised(text + task % "payments") == {"Jobs": "its consumer Task"}
    assert recognised(text + task % "thumbnails") == {}


def test_a_queue_is_named_by_its_construct_path_or_id() -> None:
    text = """\
  Jobs1A2B:
    Type: AWS::SQS::Queue
    Metadata: {"aws:cdk:path": Shop/Work/Jobs/Resource}
"""
    for name in ("Jobs", "Shop/Work/Jobs", "Shop/Work/Jobs/Resource", "Jobs1A2B"):
        assert recognised(text, name) == {"Jobs1A2B": "--queue"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("PaymentQueue", {"payment", "queue"}),
        ("chargeOrders2", {"charge", "order"}),
        ("shop-pay.fifo", {"shop", "pay", "fifo"}),
        ("SQSPayments", {"sq", "payment"}),
        ("ORDER_TABLE", {"order", "table"}),
        ("display", {"display"}),
        ("orderprocessingqueue", {"order", "processing", "queue"}),
        ("purchaseorders", {"purchase", "order"}),
        ("ExpressStatus", {"express", "status"}),
    ],
)
def test_names_are_read_word_by_word(text: str, found: set[str]) -> None:
    assert words(text) == found


@pytest.mark.parametrize(
    "resources",
    [
        queue("PaymentQueue"),
        queue("Work", "QueueName: shop-charges"),
        queue("OrderQueue"),
        queue("Work") + consumer("Work", "ChargeOrders"),
        queue("Work") + consumer("Work", "Worker", "Handler: shop.pay"),
        queue("Work") + consumer("Work", "Worker", "FunctionName: checkout"),
        queue("Work")
        + consumer("Work", "Worker", "Environment: {Variables: {PAYMENT_URL: https://pay}}"),
        queue("OrderQueue") + consumer("OrderQueue", "Worker"),
        queue("Jobs") + consumer("Jobs", "Charge", "Handler: index.handler"),
        queue("Jobs") + consumer("Jobs", "Charge", "Handler: dist/index.main"),
        queue("paymentqueue"),
        queue("Work", "QueueName: !Ref PaymentQueueName"),
        queue("Work", "QueueName: orderworker"),
        *(queue("Work", f"QueueName: {name}") for name in WORK_NAMES),
        queue("RefundQueue"),
        queue("PayoutJobs"),
        queue("BankTransfers"),
        queue("Bookings"),
        queue("Jobs") + consumer("Jobs", "Worker", "Environment: {Variables: {STRIPE_KEY: a}}"),
        queue("Jobs")
        + consumer("Jobs", "Worker", "Environment: {Variables: {URL: https://api.adyen.com}}"),
        *(
            queue("Jobs")
            + consumer("Jobs", "Worker", f"Environment: {{Variables: {{URL: {host}}}}}")
            for host in PROVIDERS
        ),
        queue("Jobs") + pipe("Jobs", "ChargeCard"),
        queue("Jobs") + poller("Jobs", "SettleAccounts", "AWS::Lambda::Function", "Role"),
        queue("Jobs") + poller("Jobs", "PaymentTask", "AWS::ECS::TaskDefinition", "TaskRoleArn"),
    ],
)
def test_a_queue_is_recognised_by_its_words_or_its_consumers(resources: str) -> None:
    assert len(recognised(resources)) == 1


@pytest.mark.parametrize(
    "resources",
    [
        queue("Jobs"),
        queue("Readings", "FifoQueue: true"),
        queue("PaymentMails"),
        queue("OrderConfirmations"),
        queue("Work") + consumer("Work", "SendReceipts", "Handler: payment.handler"),
        queue("OrderQueue") + consumer("OrderQueue", "OrderMailer"),
        queue("Jobs") + consumer("Jobs", "Charges", "Handler: src/charge_index.main"),
        *(queue("Jobs", f"QueueName: {name}") for name in OTHER_NAMES),
        queue("Displays") + consumer("Displays", "Repay1er"),
        queue("ChangeDataCapture"),
        queue("ScreenCaptures"),
        queue("SortOrder"),
        queue("GitCheckouts"),
        queue("ChargingStations"),
        queue("ChargePoints"),
        queue("FileTransfers"),
        queue("Carts"),
        queue("Jobs") + poller("Jobs", "Resizer", "AWS::ECS::TaskDefinition", "TaskRoleArn"),
        queue("paymentmails"),
        queue("Jobs", "RedrivePolicy: {deadLetterTargetArn: !GetAtt PaymentDead.Arn}")
        + queue("PaymentDead"),
    ],
)
def test_an_unrelated_queue_is_left_alone(resources: str) -> None:
    assert recognised(resources) == {}


@pytest.mark.parametrize(
    ("source", "reader", "is_work"),
    [
        ("ScreenshotCapture", "Capture", False),
        ("Captures", "CaptureScreen", False),
        ("Checkouts", "GitCheckout", False),
        ("Captures", "CapturePayment", True),
        ("OrderHistory", "ChargeCustomer", True),
        ("Transfers", "SendTransfers", True),
        ("PaymentEvents", "SendReceiptMail", False),
        ("RefundIssued", "UpdateCustomer", False),
        ("PaymentEvents", "UpdateCustomer", True),
    ],
)
def test_a_queue_and_its_reader_say_together_what_they_mean(
    source: str, reader: str, is_work: bool
) -> None:
    assert bool(recognised(queue(source) + consumer(source, reader))) is is_work


@pytest.mark.parametrize(
    ("reader", "variable", "is_work"),
    [
        ("Worker", "STRIPE_DASHBOARD_URL: https://dashboard.stripe.com", False),
        ("Worker", "HELP: https://stripe.com/docs", False),
        ("Worker", "STRIPE_PUBLISHABLE_KEY: pk_live_abcdefghij", False),
        ("Worker", "CHECKOUT_URL: https://shop.example.com/checkout", False),
        ("Worker", "CHECKOUT_API_URL: https://checkout.example.com", True),
        ("Worker", "PAYMENT_MAIL_SENDER: shop@example.com", False),
        ("Worker", "GIT_CHECKOUT_DIR: /tmp/work", False),
        ("Worker", "FILE_TRANSFER_ROLE: transfer", False),
        ("Worker", "STRIPE_WEBHOOK_SECRET: stripe-hook", True),
        ("OrderHistory", "PAYMENTS_TABLE: payments", False),
        ("OrderHistory", "STRIPE_SECRET_ARN: stripe-key", True),
    ],
)
def test_variables_for_people_and_other_work_say_nothing_of_charges(
    reader: str, variable: str, is_work: bool
) -> None:
    given = f"Environment: {{Variables: {{{variable}}}}}"
    assert bool(recognised(queue("Jobs") + consumer("Jobs", reader, given))) is is_work


def test_a_dead_letter_queue_is_judged_with_its_source_and_not_by_its_name() -> None:
    text = queue("PaymentQueue", "RedrivePolicy: {deadLetterTargetArn: !GetAtt PaymentDead.Arn}")
    assert [*recognised(text + queue("PaymentDead"))] == ["PaymentQueue"]


def test_a_queue_is_recognised_by_the_name_that_a_person_gives() -> None:
    text = queue("Jobs", "QueueName: jobs.fifo") + queue("Other")
    assert recognised(text, "Jobs") == {"Jobs": "--queue"}
    assert recognised(text, "jobs.fifo") == {"Jobs": "--queue"}


@pytest.mark.parametrize(
    "marked",
    [
        "Metadata: {CheckoutPolicy: {work-once: true}}",
        "Properties: {Tags: [{Key: checkout-policy, Value: work-once}]}",
    ],
)
def test_a_mark_recognises_a_queue_whatever_its_name(marked: str) -> None:
    assert recognised(f"  Mails: {{Type: AWS::SQS::Queue, {marked}}}") == {"Mails": "its mark"}


@pytest.mark.parametrize(
    "marked",
    [
        "Metadata: {CheckoutPolicy: {work-once: false}}",
        "Properties: {Tags: [{Key: checkout-policy, Value: not-work-once}]}",
    ],
)
def test_a_mark_leaves_a_queue_alone_whatever_its_name(marked: str) -> None:
    assert recognised(f"  Payments: {{Type: AWS::SQS::Queue, {marked}}}") == {}
