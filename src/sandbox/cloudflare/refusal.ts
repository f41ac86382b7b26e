/** One entry of an answer's `errors`. */
export interface ApiError {
  readonly code: number;
  readonly message: string;
  readonly error_chain?: readonly { readonly code: number; readonly message: string }[];
}

/** A call that Cloudflare refuses: HTTP status and the errors of the envelope. */
export class Refusal extends Error {
  readonly status: number;
  readonly errors: readonly ApiError[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, errors: readonly ApiError[], headers: Readonly<Record<string, string>> = {}) {
    super(errors[0]?.message ?? 'refused');
    this.status = status;
    this.errors = errors;
    this.headers = headers;
  }
}

/** A refusal with one error. */
export function refuse(status: number, code: number, message: string): Refusal {
  return new Refusal(status, [{ code, message }]);
}

/** 1004 with the details in `error_chain`, as all content errors come. */
export function invalidRecord(code: number, message: string): Refusal {
  return new Refusal(400, [{ code: 1004, message: 'DNS Validation Error', error_chain: [{ code, message }] }]);
}

/** The answer to an object id in a path that leads nowhere. */
export function noRoute(path: string): Refusal {
  return new Refusal(404, [
    { code: 7003, message: `Could not route to ${path}, perhaps your object identifier is invalid?` },
    { code: 7000, message: 'No route for that URI' },
  ]);
}

/** The body of a refused call. */
export function refusalBody(errors: readonly ApiError[]): string {
  return JSON.stringify({ success: false, errors, messages: [], result: null });
}

/** The counting part of a list's answer. */
export interface ResultInfo {
  readonly page: number;
  readonly per_page: number;
  readonly count: number;
  readonly total_count: number;
  readonly total_pages: number;
}

/** The body of a call that worked. */
export function successBody(result: unknown, info?: ResultInfo, messages: readonly unknown[] = []): string {
  return JSON.stringify({ result, success: true, errors: [], messages, ...(info ? { result_info: info } : {}) });
}

/** Whether a JSON value is an object. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
