#!/usr/bin/env bash
# The first hour with IdempotentCheckout, as somebody has it who knows nothing of this repository:
# an empty home, no caches, only the wheels. It installs them, writes an app of 22 lines,
# synthesizes it, checks it, plays resubmissions against it on a local AWS, places an order, sees
# the event that says it was paid, and gives the money back.
#
#   examples/first_hour.sh                       builds the wheels of this clone with uv
#   WHEELS=dist/python examples/first_hour.sh    takes wheels that are built already
#
# Needs bash, curl, pgrep, a Python of 3.11 or later (PYTHON=python3.12 names one), and the package
# registries; to build the wheels also uv. Node comes with the wheels. KEEP=1 leaves its folder.
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
PYTHON=${PYTHON:-python3}
CDK_CLI=2.1148.1
folder=$(mktemp -d)
serving=

end() {
    code=$?
    if [ -n "$serving" ] && kill -TERM "$serving" 2>/dev/null; then wait "$serving" || true; fi
    [ -n "${KEEP:-}" ] && echo "left: $folder" || rm -rf "$folder"
    exit "$code"
}
trap end EXIT

step() { printf '\n== %4d s  %s\n' "$SECONDS" "$1"; }

step "the wheels"
if [ -z "${WHEELS:-}" ]; then
    WHEELS=$folder/wheels
    for project in "$repository" "$repository/lambda"; do
        uv build --quiet --wheel --out-dir "$WHEELS" "$project"
    done
fi
WHEELS=$(cd "$WHEELS" && pwd)
ls "$WHEELS"

# Where packages come from is for the machine to say, so that much of the old home is kept.
[ -f "$HOME/.npmrc" ] && export NPM_CONFIG_USERCONFIG="$HOME/.npmrc"
[ -f "$HOME/.config/pip/pip.conf" ] && export PIP_CONFIG_FILE="$HOME/.config/pip/pip.conf"

# From here on nothing of the repository or of this user's home is in reach.
export HOME=$folder/home
mkdir -p "$HOME" "$folder/shop"
unset PYTHONPATH VIRTUAL_ENV XDG_CACHE_HOME XDG_CONFIG_HOME XDG_DATA_HOME UV_CACHE_DIR
cd "$folder/shop"

step 'pip install "idempotent-checkout[local]"'
"$PYTHON" -m venv .venv
wheel=$(echo "$WHEELS"/idempotent_checkout-*.whl)
.venv/bin/python -m pip install --quiet --find-links "$WHEELS" "$wheel[local]"
export PATH=$folder/shop/.venv/bin:$PATH

step "an app of one's own"
cat > app.py <<'APP'
import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_secretsmanager as secretsmanager
from checkout_stack import CheckoutApi, IdempotentCheckout, OrderEvents, PaymentService

app = cdk.App()
stack = cdk.Stack(app, "Shop")
payments = PaymentService.http(
    url="https://payments.example.com/charges",
    look_up_url="https://payments.example.com/charges",
    refund_url="https://payments.example.com/refunds",
    key_retention=cdk.Duration.hours(24),
    secret=secretsmanager.Secret.from_secret_name_v2(stack, "Key", "shop/payment-key"),
)
checkout = IdempotentCheckout(stack, "Checkout", payment_service=payments, namespace="shop/first",
                              order_events=OrderEvents.to_event_bus())
CheckoutApi(
    stack, "Api", checkout=checkout,
    authorizer=authorizers.HttpJwtAuthorizer("Buyers", "https://login.example.com/",
                                             jwt_audience=["shop"]),
)
app.synth()
APP

step "cdk synth"
npx --yes "aws-cdk@$CDK_CLI" synth --quiet --app "python app.py"

step "checkout policy check"
checkout policy check cdk.out

step "checkout local run --app"
checkout local run --app cdk.out

step "checkout local serve --app, in the background"
checkout local serve --app "python app.py" > addresses 2> progress &
serving=$!
until grep -q "takes everything down" addresses; do
    if ! kill -0 "$serving" 2>/dev/null; then cat progress; exit 1; fi
    sleep 1
done
# As it is printed: a file that says where the API is, and who asks.
eval "$(grep '^\. ' addresses)"
api=$CHECKOUT_API

ask() {
    curl --silent --show-error --fail \
        -H "Authorization: Bearer $CHECKOUT_TOKEN" -H "Content-Type: application/json" "$@"
}
field() { python -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }

step "the first order, by curl, twice under one key"
cart='{"amount": 4200, "currency": "EUR", "customer": "cus_first",
       "lines": [{"sku": "mug", "quantity": 2}], "payment_method": "pm_ok"}'
order=$(ask -H "Idempotency-Key: my-first-order" -d "$cart" "$api/orders" | field order_id)
again=$(ask -H "Idempotency-Key: my-first-order" -d "$cart" "$api/orders" | field order_id)
[ "$order" = "$again" ] || { echo "two orders: $order and $again" >&2; exit 1; }

# Waits for a line about the order that `serve` prints, and shows it.
told() {
    for _ in $(seq 60); do
        grep -E "$order.* $1 " addresses && return
        sleep 1
    done
    echo "after a minute nothing says $1" >&2
    cat addresses progress >&2
    exit 1
}

step "$order, until it is PAID"
told "-> PAID"
status=$(ask "$api/orders/$order" | field status)
[ "$status" = PAID ] || { echo "its buyer sees $status" >&2; exit 1; }

step "the event that others are told"
told "event OrderPaid"

step "its refund: what would happen, and then that"
eval "$(grep '^export AWS_' addresses)"
export CHECKOUT_STACK=Shop
checkout orders refund "$order" | tee would
eval "$(grep -- --yes would)"
told "event OrderRefunded"
left=$(checkout orders show "$order" | grep "left to refund")
echo "$left"
[[ $left == *"1, 0 left"* ]] || { echo "its refund is not seen" >&2; exit 1; }

step "everything is taken down by one signal"
kill -TERM "$serving"
code=0
wait "$serving" || code=$?
serving=
[ "$code" = 130 ] || { echo "it ended with $code instead of 130" >&2; exit 1; }
if pgrep -f "$HOME" > left; then echo "left running: $(cat left)" >&2; exit 1; fi

step "done"
