import type { Fault } from '../faults.ts';
import { type Asked, openHttp, type Reply } from '../http.ts';
import type { World } from '../world.ts';
import type { Call, Cloud } from './call.ts';
import type { RateLimit } from './rate.ts';
import { Refusal, refusalBody, refuse } from './refusal.ts';
import { findRoute, type Route } from './routes.ts';
import type { Token } from './state.ts';

/** The path below which the API lives. */
export const BASE = '/client/v4';

/** What the HTTP side needs. */
export interface Api extends Cloud {
  readonly world: World;
  readonly rate: RateLimit;
}

/** Opens the API on a free port of loopback. */
export function openApi(api: Api): ReturnType<typeof openHttp> {
  return openHttp((asked) => answer(api, asked));
}

function answer(api: Api, asked: Asked): Reply {
  const path = asked.path.startsWith(`${BASE}/`) ? asked.path.slice(BASE.length).replace(/\/$/, '') : '/';
  const found = findRoute(asked.method, path);
  const route = found instanceof Refusal ? undefined : found.route;
  const operation = route?.operation ?? 'unknown';
  const faults = api.world.faults.take('cloudflare', operation);
  const token = tokenOf(api, asked);
  const early = earlyFault(faults);
  if (early) return record(api, asked, route, token, { ...early, faults }, early.error, false);

  const times = faults.some(({ kind }) => kind === 'duplicate') ? 2 : 1;
  let reply: Reply = { status: 500, body: '' };
  for (let time = 1; time <= times; time += 1) reply = once(api, asked, path, found, token, faults);
  return reply;
}

/** Answers one delivery of a request and writes its row. */
function once(
  api: Api,
  asked: Asked,
  path: string,
  found: ReturnType<typeof findRoute>,
  token: Token | Refusal | undefined,
  faults: readonly Fault[],
): Reply {
  const route = found instanceof Refusal ? undefined : found.route;
  let limits: Record<string, string> = {};
  try {
    if (token instanceof Refusal) throw token;
    limits = api.rate.count(callerOf(token));
    if (!token || (token.status !== 'active' && !route?.operation.endsWith('tokens.verify'))) throw unknownToken(route);
    if (found instanceof Refusal) throw found;
    const call: Call = {
      cloud: api,
      token,
      method: asked.method,
      path,
      ids: found.ids,
      query: asked.query,
      body: asked.body,
    };
    if (found.route.onRecords) actOtherEditor(api, found.ids[0] ?? '');
    const { body, contentType, effect } = found.route.handle(call);
    const headers = { 'content-type': contentType ?? 'application/json', ...limits };
    const lost = faults.some(({ kind }) => kind === 'error-after');
    const reply: Reply = lost ? brokenReply() : { status: 200, headers, body };
    return record(api, asked, route, token, { ...reply, faults }, lost ? 'error-after' : undefined, effect);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const headers = { 'content-type': 'application/json', ...limits, ...error.headers };
    const reply: Reply = { status: error.status, headers, body: refusalBody(error.errors), faults };
    return record(api, asked, route, token, reply, String(error.errors[0]?.code ?? ''), false);
  }
}

function tokenOf(api: Api, asked: Asked): Token | Refusal | undefined {
  try {
    return api.tokens.read(asked.headers);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

/** All tokens of the user are counted together, those of an account for each account. */
function callerOf(token: Token | undefined): string {
  if (!token) return 'nobody';
  return token.family === 'account' ? `account ${token.account ?? ''}` : 'user';
}

function unknownToken(route: Route | undefined): Refusal {
  if (route?.operation.endsWith('tokens.verify')) return refuse(401, 1000, 'Invalid API Token');
  return refuse(403, 9109, 'Invalid access token');
}

function actOtherEditor(api: Api, zoneId: string): void {
  const zone = api.estate.findZone(zoneId);
  if (!zone) return;
  for (const edit of api.editor.act(zone))
    api.world.ledger.write({
      system: 'cloudflare',
      operation: 'dns_records.batch',
      caller: 'another editor',
      request: { method: 'POST', path: `${BASE}/zones/${zone.id}/dns_records/batch`, query: {}, body: edit },
      status: 200,
      effect: true,
    });
}

/** Faults that strike before anything is done. */
function earlyFault(faults: readonly Fault[]): (Reply & { error: string }) | undefined {
  for (const { kind, retryAfter } of faults) {
    if (kind === 'throttle') {
      const after: Record<string, string> = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
      const body = refusalBody([{ code: 971, message: 'Please wait and consider throttling your request speed' }]);
      return { status: 429, headers: { 'content-type': 'application/json', ...after }, body, error: '971' };
    }
    if (kind === 'error-before') return { ...brokenReply(), error: 'error-before' };
    if (kind === 'html') {
      const body =
        '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><center><h1>502 Bad Gateway</h1></center><hr><center>cloudflare</center></body>\r\n</html>\r\n';
      return { status: 502, headers: { 'content-type': 'text/html; charset=UTF-8' }, body, error: 'html' };
    }
  }
  return undefined;
}

function brokenReply(): Reply {
  const body = refusalBody([{ code: 10_001, message: 'Internal Server Error' }]);
  return { status: 500, headers: { 'content-type': 'application/json' }, body };
}

function record(
  api: Api,
  asked: Asked,
  route: Route | undefined,
  token: Token | Refusal | undefined,
  reply: Reply,
  error: string | undefined,
  effect: boolean,
): Reply {
  const request = {
    method: asked.method,
    path: asked.path,
    query: Object.fromEntries(asked.query),
    body: showBody(asked.body),
  };
  api.world.ledger.write({
    system: 'cloudflare',
    operation: route?.operation ?? 'unknown',
    ...(token && !(token instanceof Refusal) ? { caller: token.name } : {}),
    request,
    status: reply.status,
    ...(error === undefined ? {} : { error }),
    effect,
    ...(route?.forbidden ? { forbidden: true } : {}),
  });
  return reply;
}

function showBody(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString());
  } catch {
    return body.toString();
  }
}
