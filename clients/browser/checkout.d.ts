/**
 * The browser's half of one order and one charge: makes the Idempotency-Key, keeps it until the
 * purchase is over, asks again when no answer comes, and follows the order to its end.
 */

/** A line of a cart. */
export interface CartLine {
  sku: string;
  /** From 1. */
  quantity: number;
}

/** A purchase with the price that your own server computed (see `SignedCart` for a browser's). */
export interface PlainCart {
  /**
   * What your shop calls this cart. It is not sent. With it, the key follows from id and content,
   * so the same cart is the same order without any storage, in every browser of the buyer, and
   * also when "pay" is pressed again after the payment. Default: none; a random key is kept in the
   * storage until the purchase is over. An empty one is none.
   */
  id?: string | null;
  /** In minor units (cents). Left out where your server computes the price. */
  amount?: number;
  /** ISO 4217, in capitals. */
  currency?: string;
  customer?: string;
  lines?: CartLine[];
}

/** A cart that your shop signed (`cart_secret`); its claim `cart_id` is its id. */
export interface SignedCart {
  /** The JSON Web Token. A cart that is signed again with a later `exp` is the same cart. */
  cart: string;
}

export type Cart = PlainCart | SignedCart;

/** An order as the API shows it. Fields that an older API lacks are optional. */
export interface Order {
  order_id: string;
  /** `PENDING`, `CHARGING`, `UNKNOWN`, `PAID`, `DECLINED`, ...; `Outcome` is what to show. */
  status: string;
  /** Number of the payment attempt, from 1. */
  attempt: number;
  amount: number;
  currency: string;
  lines: CartLine[];
  charge_id?: string;
  decline_code?: string;
  action_url?: string;
  /** What the buyer can do next. */
  next?: "wait" | "act" | "pay_again" | "none";
  /** How many more payment methods may be tried. */
  attempts_left?: number;
  /** The end of the payment method in use. */
  payment_method?: string;
  /** The order is being paid by another payment method than the one just given. */
  payment_method_ignored?: boolean;
}

/**
 * | Outcome | What to show, and what is next |
 * |---|---|
 * | `paid` | Done. It is over: a cart without id is forgotten, and the next `pay` is another purchase. |
 * | `declined` | Ask for another payment method and call `pay` again, unless `attempts_left` is 0 or `error` says that all are used. It stays the same order. |
 * | `action_required` | Send the buyer to `order.action_url`, then call `resume`. Not with `onAction`, unless the buyer did not act. |
 * | `processing` | Accepted; the bank decides in days. |
 * | `needs_review` | The shop looks into it. The buyer is not charged again. |
 * | `cancelled` | Over, as `paid` is, and nothing is charged. |
 * | `authorized` | Over, as `paid` is: the money is held, and the buyer's part is done. |
 * | `waiting` | Not known yet, even after `patience`. Nothing is lost: call `resume` (or `pay` with the same cart) later. `order` is null if no answer ever came. |
 * | `closed` | Over, in a state that this version does not know: show `order.status`. |
 */
export type Outcome =
  | "paid"
  | "declined"
  | "action_required"
  | "processing"
  | "needs_review"
  | "cancelled"
  | "authorized"
  | "waiting"
  | "closed";

export interface Result {
  outcome: Outcome;
  /** As last answered. Null only if `waiting`, where no answer ever came. */
  order: Order | null;
  /**
   * An earlier request had done it already: this press, another one or another tab's. False where
   * CORS does not let the page read `idempotent-replayed`.
   */
  replayed: boolean;
  /**
   * `waiting`: why the last try failed, if it did. Else why another payment attempt was refused;
   * the order shows what counts.
   */
  error?: CheckoutError;
}

/** A buyer has to act, for example confirm by 3-D Secure. */
export interface Action {
  /** Where, always https. For a step of a payment service's own script, its value for that. */
  url: string;
  order: Order;
}

export interface FollowOptions {
  /**
   * Hands the action over. Navigate to `url` (the page that the buyer comes back to calls
   * `resume`), or show it in a frame or by the payment service's script, and return once the buyer
   * is done: the payment is then resumed. Called once for each `url`. Default: the outcome is
   * `action_required`.
   */
  onAction?: (action: Action) => unknown;
  /** Called with the order each time that an answer shows it. */
  onUpdate?: (order: Order) => void;
  /** Ends the waiting: the promise rejects with the signal's reason. The key is kept. */
  signal?: AbortSignal;
}

export interface PayOptions extends FollowOptions {
  /** The payment service's token. Never a card number; never stored. */
  paymentMethod: string;
}

export interface ResumeOptions extends FollowOptions {
  /**
   * Only this cart's purchase, also once it is over. Default: the last one that is not, which another
   * tab may have begun.
   */
  cart?: Cart;
}

export interface CheckoutOptions {
  /** Of the API, with or without a slash at the end; may be relative. */
  url: string;
  /**
   * Returns the buyer's bearer token, or nothing. Asked for each request; asked once more, with the
   * token that was refused, after a 401. Default: no `Authorization` header.
   */
  token?: (refused?: string | null) => string | undefined | Promise<string | undefined>;
  /** Returns further headers of each request, such as one against CSRF. Default: none. */
  headers?: () => Record<string, string> | Promise<Record<string, string>>;
  /** Where keys are kept. Default: `localStorage`, and memory (with a warning) where there is none. */
  storage?: Pick<Storage, "getItem" | "setItem" | "removeItem">;
  /** Prefix of what is stored; one for each shop of an origin, and for each buyer who signs in. Default: `idempotent-checkout`. */
  name?: string;
  /** Longest time to wait for an outcome, in ms; time in a hidden tab is not counted. Default: 60 s. */
  patience?: number;
  /** First pause between two questions if the answer names none, in ms; grows. Default: 1 s. */
  pause?: number;
  /** Longest time for one answer, in ms. Default: 20 s. */
  timeout?: number;
}

/** What is kept of a purchase. */
export interface Purchase {
  /** The Idempotency-Key. */
  key: string;
  /** Once an answer named it. */
  order_id?: string;
  attempt?: number;
  /** Undefined while it is on its way. */
  outcome?: Outcome;
}

export interface Checkout {
  /**
   * Pays a cart: places its order, or finds the order that it already is, or tries another payment
   * method after a decline; then follows the order.
   *
   * The key is the same after a reload, in another tab, and after any failure. It is another one
   * when amount, currency, customer, lines or `id` change.
   *
   * @throws {CheckoutError} If sending the same request again would not help. The key is kept.
   * @throws The signal's reason, and what `token`, `headers` or `onAction` threw.
   */
  pay(cart: Cart, options: PayOptions): Promise<Result>;

  /**
   * Goes on with what was begun, for example after a reload, or when the buyer comes back from
   * 3-D Secure. Null if nothing was: then nothing is on its way, and `pay` is what is next.
   *
   * @throws As `pay`.
   */
  resume(options?: ResumeOptions): Promise<Result | null>;

  /**
   * Begins a new purchase: the next `pay` of the same content, if it has no `id`, is another order.
   * Default: forgets the last purchase.
   */
  forget(options?: { cart?: Cart }): Promise<void>;

  /**
   * Calls back when another tab begins, advances or ends a purchase (null) of this shop.
   *
   * @returns A function that stops it.
   */
  subscribe(listener: (purchase: Purchase | null) => void): () => void;
}

/** @throws {TypeError} If the page is neither https nor localhost. */
export function createCheckout(options: CheckoutOptions): Checkout;

/** An answer that is no order. */
export class CheckoutError extends Error {
  /** Of the answer; 0 if there was none. */
  readonly status: number;
  /** Last part of the problem's type, such as `idempotency-key-reused`; empty if there is none. */
  readonly type: string;
  /** The answer's body (RFC 9457): `title`, `detail`, and `errors` for `invalid-fields`. */
  readonly problem: Record<string, unknown>;
  /** When to ask again, in ms, if the answer said so. */
  readonly retryAfter?: number;
}
