import type { Fault } from '../../faults.ts';
import { type Asked, openHttp, type Reply } from '../../http.ts';
import type { World } from '../../world.ts';
import type { Access } from '../api-keys.ts';
import type { Installation } from '../installation.ts';
import { readAccess } from './access.ts';
import { type Entry, withoutPasswords } from './entry.ts';
import { attributesOf } from './loose.ts';
import { type Answer, answer, answerEntries, answerRead, page, refused } from './replies.ts';
import { type Body, NoJson, readBody } from './request-body.ts';
import { READS, type Route, readRoute, WRITES } from './routes.ts';

/** The path below which the API lives. */
export const BASE = '/api/v1';

/** Opens the API at an address, on a free port. Who is banned is not even answered. */
export function openApi(world: World, cow: Installation, address: string): ReturnType<typeof openHttp> {
  return openHttp((asked) => serve(world, cow, asked), 0, { address, refuses: (peer) => cow.bans.holds(peer) });
}

async function serve(world: World, cow: Installation, asked: Asked): Promise<Reply> {
  const path = decode(asked.path);
  if (!path.startsWith(`${BASE}/`)) return page(404, 'Not Found');
  const route = readRoute(path.slice(BASE.length + 1));
  const faults = world.faults.take('mailcow', route.operation);
  const early = earlyFault(faults);
  const before = cow.revision;
  let answered: Answer = early ?? (await handle(cow, asked, route));
  if (!early && faults.some(({ kind }) => kind === 'duplicate')) answered = await handle(cow, asked, route);
  if (!early && faults.some(({ kind }) => kind === 'error-after')) answered = broken('error-after');
  const { reply, error } = answered;
  world.ledger.write({
    system: 'mailcow',
    operation: route.operation,
    caller: callerOf(cow, asked),
    request: { method: asked.method, path: asked.path, query: Object.fromEntries(asked.query), ...shown(asked, route) },
    status: reply.status,
    ...(error === undefined ? {} : { error }),
    effect: cow.revision !== before,
  });
  return { ...reply, faults };
}

/** In the order in which Mailcow asks: who, is it JSON, may it write, does it say anything, is it a POST, is there such a thing. */
async function handle(cow: Installation, asked: Asked, route: Route): Promise<Answer> {
  const destination = asked.headers['sec-fetch-dest'];
  if (destination !== undefined && destination !== 'empty') return answer(403, '', 'sec-fetch-dest');
  const access = readAccess(cow, asked);
  if (typeof access === 'object') return access;
  const { action } = route;
  if (action === 'get') return read(cow, asked, route, access);
  let body: Body;
  try {
    body = readBody(asked, action);
  } catch (error) {
    if (error instanceof NoJson) return refused(400, "Request body doesn't contain valid json!");
    throw error;
  }
  if (!WRITES[action]) return refused(404, 'route not found');
  return write(cow, asked, route, access, body);
}

function read(cow: Installation, { method, query }: Asked, route: Route, access: Access | 'none'): Answer {
  if (method !== 'GET') return refused(405, 'only GET method is allowed');
  if (access === 'none') return answer(200, '', 'no key');
  const look = READS[route.category];
  if (!look) return refused(404, 'route not found');
  const tags = query.get('tags');
  const { object, extra } = route;
  return answerRead(look({ cow, object, extra, tags: tags ? tags.split(',') : undefined }));
}

async function write(
  cow: Installation,
  { method }: Asked,
  { action, category, extra }: Route,
  access: Access | 'none',
  { attr, items }: Body,
): Promise<Answer> {
  const isOpen = action === 'add' && cow.switches.addWithoutKey === 'answered';
  if (access === 'ro' || (access === 'none' && !isOpen)) return refused(403, 'API read/write access denied');
  if ((action === 'delete' ? items : attr) === undefined) return refused(200, 'Cannot find attributes in post data');
  if (method !== 'POST') return refused(405, 'only POST method is allowed');
  const act = WRITES[action]?.[category];
  if (!act) return refused(404, 'route not found');
  if (access === 'none') return answerEntries([withoutAccess(action, category, attr ?? {})]);
  return answerEntries(await act({ cow, attr: attr ?? {}, items: items ?? [], extra }));
}

/** What an add says to somebody without a key. */
function withoutAccess(action: string, category: string, attr: Readonly<Record<string, unknown>>): Entry {
  const kinds: Readonly<Record<string, string>> = { 'alias-domain': 'alias_domain', 'app-passwd': 'app_passwd' };
  const kind = kinds[category] ?? category;
  const echo = withoutPasswords(attr);
  const isOwn = ['dkim', 'relayhost', 'transport', 'fwdhost', 'app_passwd'].includes(kind);
  return {
    type: 'danger',
    log: isOwn ? [kind, action, echo] : ['mailbox', action, kind, echo, null],
    msg: 'access_denied',
  };
}

/** Faults that strike before anything is done. A proxy in front slows callers down; Mailcow itself never does. */
function earlyFault(faults: readonly Fault[]): Answer | undefined {
  for (const { kind, retryAfter = 1 } of faults) {
    if (kind === 'throttle')
      return { reply: page(429, 'Too Many Requests', { 'retry-after': String(retryAfter) }), error: 'throttle' };
    if (kind === 'error-before') return broken('error-before');
    if (kind === 'html') return { reply: page(502, 'Bad Gateway'), error: 'html' };
  }
  return undefined;
}

/** A fatal error of PHP: it has said its content type and nothing more. */
function broken(error: string): Answer {
  return answer(500, '', error);
}

/** The body as the ledger keeps it: no password, and nothing of what can't be read. */
function shown(asked: Asked, { action }: Route): Record<string, unknown> {
  if (action === 'get' || asked.body.length === 0) return {};
  try {
    const { attr, items } = readBody(asked, action);
    if (attr === undefined && items === undefined) return { body: `<${asked.body.length} bytes without fields>` };
    return {
      body: {
        ...(items === undefined ? {} : { items }),
        ...(attr === undefined ? {} : { attr: withoutPasswords(attributesOf(attr)) }),
      },
    };
  } catch {
    return { body: `<${asked.body.length} bytes that are no JSON>` };
  }
}

function callerOf(cow: Installation, { headers, peer }: Asked): string {
  const given = headers['x-api-key'];
  const admission = cow.keys.admit(typeof given === 'string' ? given : undefined, peer);
  return `${typeof admission === 'object' ? `${admission.access} key` : `${admission} key`} from ${peer}`;
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
