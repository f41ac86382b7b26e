import { randomUUID } from 'node:crypto';
import type { Fault } from '../faults.ts';
import { type Asked, openHttp, type Reply } from '../http.ts';
import type { World } from '../world.ts';
import { authenticate, type Credentials, readCredentials } from './credentials.ts';
import type { Editor } from './editor.ts';
import type { Pace } from './pace.ts';
import { isObject, Refusal } from './refusal.ts';
import type { Registrar } from './registrar.ts';
import type { Replays } from './replays.ts';
import { findRoute } from './routes.ts';
import type { Account } from './state.ts';

/** The path below which the API lives. */
export const BASE = '/api/json/v3';

/** What the HTTP side needs. */
export interface Api {
  readonly world: World;
  readonly registrar: Registrar;
  readonly editor: Editor;
  readonly pace: Pace;
  readonly replays: Replays;
}

/** A request as far as it is read; the ledger's row is made of it whatever becomes of the call. */
interface Trace {
  readonly asked: Asked;
  readonly path: string;
  readonly found: ReturnType<typeof findRoute>;
  readonly operation: string;
  /** `undefined` where it is no JSON object. */
  readonly body: Readonly<Record<string, unknown>> | undefined;
  readonly credentials: Credentials;
  effect: boolean;
  forbidden: boolean;
}

/** Opens the API on a free port of loopback. */
export function openApi(api: Api): ReturnType<typeof openHttp> {
  return openHttp((asked) => answer(api, asked));
}

function answer(api: Api, asked: Asked): Reply {
  const path = asked.path.startsWith(`${BASE}/`) ? asked.path.slice(BASE.length) : '/';
  const found = findRoute(path);
  const operation = found?.route.operation ?? (/^\/ping\/?$/.test(path) ? 'ping' : 'unknown');
  const faults = api.world.faults.take('porkbun', operation);
  const body = readBody(asked);
  const credentials = readCredentials(asked, body);
  const forbidden = found?.route.forbidden ?? false;
  const read = { asked, path, found, operation, body, credentials, forbidden, effect: false };
  const early = earlyFault(faults);
  if (early) return record(api, read, { ...early, faults }, early.error);
  const times = faults.some(({ kind }) => kind === 'duplicate') ? 2 : 1;
  let reply: Reply = { status: 500, body: '' };
  for (let time = 1; time <= times; time += 1) reply = once(api, { ...read }, faults);
  return reply;
}

/** Answers one delivery of a request and writes its row. */
function once(api: Api, trace: Trace, faults: readonly Fault[]): Reply {
  const { apiKey = 'nobody' } = trace.credentials;
  if (!api.pace.allows(apiKey, api.registrar.switches.callsPerSecond))
    return record(api, trace, { ...unavailable(), faults }, 'pace');
  try {
    const reply = admitted(api, trace);
    if (faults.some(({ kind }) => kind === 'error-after'))
      return record(api, trace, { ...broken(), faults }, 'error-after');
    return record(api, trace, { ...reply, faults });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return record(
      api,
      trace,
      { ...refused(error, api.registrar.switches.oldErrors), faults },
      error.code ?? error.message,
    );
  }
}

function admitted(api: Api, trace: Trace): Reply {
  const { asked, found, operation, body, credentials } = trace;
  if (operation === 'unknown') throw new Refusal(404, undefined, 'Invalid command.');
  if (asked.method !== 'POST' && !(asked.method === 'GET' && found?.route.reads !== undefined) && !isPing(trace))
    throw new Refusal(405, 'METHOD_NOT_ALLOWED', 'Method not allowed.');
  if (!body) throw new Refusal(400, 'INVALID_OR_EMPTY_JSON', 'Invalid or empty JSON.');
  if (!found) return ping(api, credentials);
  const account = authenticate(api.registrar, credentials);
  const key = api.registrar.switches.idempotency ? asked.headers['idempotency-key'] : undefined;
  if (asked.method !== 'POST' || typeof key !== 'string') return handle(api, trace, found, account, body);
  const request = `${trace.path} ${JSON.stringify(withoutKeys(body))}`;
  const known = api.replays.find(account.name, key, request);
  if (known) return known;
  const reply = handle(api, trace, found, account, body);
  api.replays.keep(account.name, key, request, reply);
  return reply;
}

function handle(
  api: Api,
  trace: Trace,
  { route, parts }: NonNullable<Trace['found']>,
  account: Account,
  body: Readonly<Record<string, unknown>>,
): Reply {
  if (route.onRecords) actOtherEditor(api, parts[0] ?? '');
  const given = trace.asked.method === 'GET' ? Object.fromEntries(trace.asked.query) : body;
  const { registrar, editor } = api;
  const done = route.handle({ registrar, editor, account, parts, body: given });
  trace.effect = done.effect;
  trace.forbidden ||= done.forbidden === true;
  return json(200, { status: 'SUCCESS', ...done.body });
}

function isPing({ operation, asked }: Trace): boolean {
  return operation === 'ping' && asked.method === 'GET';
}

/** Succeeds without credentials too, and says then only where the caller comes from. */
function ping({ registrar }: Api, credentials: Credentials): Reply {
  const answer = { status: 'SUCCESS', yourIp: '127.0.0.1' };
  if (credentials.apiKey === undefined && credentials.secretApiKey === undefined) return json(200, answer);
  try {
    authenticate(registrar, credentials);
    return json(200, { ...answer, credentialsValid: true });
  } catch (error) {
    if (!(error instanceof Refusal) || registrar.switches.ping === 'refuses') throw error;
    return json(200, { ...answer, credentialsValid: false });
  }
}

function actOtherEditor(api: Api, name: string): void {
  const domain = api.registrar.findDomain(name);
  if (!domain) return;
  for (const edit of api.editor.act(domain))
    api.world.ledger.write({
      system: 'porkbun',
      operation: 'dns.edit',
      caller: 'another editor',
      request: { method: 'POST', path: `${BASE}/dns/edit/${domain.name}`, body: edit },
      status: 200,
      effect: true,
    });
}

/** Faults that strike before anything is done. */
function earlyFault(faults: readonly Fault[]): (Reply & { error: string }) | undefined {
  for (const { kind, retryAfter = 1 } of faults) {
    if (kind === 'throttle') {
      const more = { ttlRemaining: retryAfter, next_action: { type: 'wait_and_retry' } };
      const { headers, ...rest } = refused(
        new Refusal(429, 'RATE_LIMIT_EXCEEDED', 'Rate limit exceeded.', more),
        false,
      );
      return { ...rest, headers: { ...headers, 'retry-after': String(retryAfter) }, error: 'RATE_LIMIT_EXCEEDED' };
    }
    if (kind === 'error-before') return { ...broken(), error: 'error-before' };
    if (kind === 'html') return { ...unavailable(), error: 'html' };
  }
  return undefined;
}

/** What the front end answers, without any of the API's headers. */
function unavailable(): Reply {
  const body =
    '<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>\r\n<body>\r\n<center><h1>503 Service Temporarily Unavailable</h1></center>\r\n<hr><center>openresty</center>\r\n</body>\r\n</html>\r\n';
  return { status: 503, headers: { 'content-type': 'text/html', server: 'openresty' }, body };
}

function broken(): Reply {
  return json(500, { status: 'ERROR', message: 'Something went wrong.' });
}

function refused({ status, code, message, more }: Refusal, isOld: boolean): Reply {
  if (isOld) return json(200, { status: 'ERROR', message });
  return json(status, { status: 'ERROR', message, ...(code === undefined ? {} : { code }), ...more });
}

function json(status: number, value: Readonly<Record<string, unknown>>): Reply {
  const requestId = randomUUID();
  const headers = {
    'content-type': 'application/json',
    'x-api-version': '3.15',
    'x-request-id': requestId,
    link: `<https://porkbun.com${BASE}/spec>; rel="describedby"`,
  };
  return { status, headers, body: JSON.stringify({ ...value, requestId }) };
}

/** The body's object; an empty one where there is none, as with keys in the headers. */
function readBody({ method, body, headers }: Asked): Trace['body'] {
  if (body.length === 0) return method === 'GET' || headers['x-api-key'] !== undefined ? {} : undefined;
  try {
    const value: unknown = JSON.parse(body.toString());
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function withoutKeys(body: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { apikey: _key, secretapikey: _secret, ...rest } = body;
  return rest;
}

function record(api: Api, trace: Trace, reply: Reply, error?: string): Reply {
  const { asked, operation, body, credentials, effect, forbidden } = trace;
  const account = api.registrar.accounts().find(({ apiKey }) => apiKey === credentials.apiKey);
  const idempotencyKey = asked.headers['idempotency-key'];
  api.world.ledger.write({
    system: 'porkbun',
    operation,
    ...(account ? { caller: account.name } : {}),
    request: {
      method: asked.method,
      path: asked.path,
      query: Object.fromEntries(asked.query),
      // What is no JSON may hold keys in any form.
      body: body === undefined ? `<${asked.body.length} bytes that are no JSON object>` : withoutKeys(body),
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    },
    status: reply.status,
    ...(error === undefined ? {} : { error }),
    effect,
    ...(forbidden ? { forbidden: true } : {}),
  });
  return reply;
}
