import { Problem } from '../../core/problem.ts';

/** An answer of a JSON API; `json` is undefined where the body is none (an HTML error page). */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly json: unknown;
  readonly text: string;
}

/** One request to a JSON API, with a time limit over all of it. Throws a Problem only where there is no answer at all. */
export async function requestJson(
  url: string,
  options: {
    method?: string;
    headers?: Readonly<Record<string, string>>;
    body?: unknown;
    timeoutMs?: number;
    system: string;
  },
): Promise<HttpAnswer> {
  const { method = 'GET', headers = {}, body, timeoutMs = 30_000, system } = options;
  try {
    const response = await fetch(url, {
      method,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, json: parse(text), text };
  } catch (error) {
    const late = error instanceof Error && error.name === 'TimeoutError';
    // Only the network's own word is told: an error about the request itself may quote its headers.
    const cause =
      error instanceof Error && error.cause instanceof Error ? error.cause.message : 'the request could not be made';
    throw new Problem(
      'unknown',
      `${system}.unreachable`,
      `${system}: no answer${late ? ` in ${timeoutMs / 1000} s` : ` (${cause})`}.`,
      {
        fix: 'Check the network; then run again: what was done is found by looking.',
        retry: {},
        cause: error,
      },
    );
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
