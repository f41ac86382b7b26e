/** A call that Porkbun refuses. Refusals of which no code is known have none, as all of them had in older versions. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string | undefined;
  /** Further members of the body. */
  readonly more: Readonly<Record<string, unknown>>;

  constructor(status: number, code: string | undefined, message: string, more: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.more = more;
  }
}

/** 400: the domain is malformed, unknown, or somebody else's. */
export function invalidDomain(): Refusal {
  return new Refusal(400, 'INVALID_DOMAIN', 'Invalid domain.');
}

/** 400: Porkbun's one sentence for a record that can't be created or edited so; the reason is a hint for people only. */
export function unable(verb: 'create' | 'edit', reason: string): Refusal {
  const title = verb === 'create' ? 'Create' : 'Edit';
  const message = `${title} error: We were unable to ${verb} the DNS record.`;
  return new Refusal(400, undefined, message, { next_action: { type: 'fix_request', hint: reason } });
}

/** Whether a JSON value is an object. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
