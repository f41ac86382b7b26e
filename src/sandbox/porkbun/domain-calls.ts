import { type Answered, type Call, readDomain } from './call.ts';
import { Refusal } from './refusal.ts';
import type { Domain } from './state.ts';
import type { Switches } from './switches.ts';

const PAGE = 1000;
const DAY_MS = 86_400_000;

/** /domain/listAll: 1,000 at a time from `start`, with the filters `domain`, `nameContains` and `apiAccess`. */
export function listAll({ registrar, account, body }: Call): Answered {
  const start = Number(body.start ?? 0);
  if (!Number.isInteger(start) || start < 0) throw new Refusal(400, undefined, 'Invalid start.');
  const wanted = registrar
    .domains()
    .filter(
      (domain) =>
        domain.account === account &&
        (body.domain === undefined || domain.name === body.domain) &&
        (typeof body.nameContains !== 'string' || domain.name.includes(body.nameContains)) &&
        (body.apiAccess === undefined || isYes(body.apiAccess) === domain.apiAccess),
    );
  const labels = body.includeLabels === 'yes' ? { labels: [] } : {};
  const domains = wanted
    .slice(start, start + PAGE)
    .map((domain) => ({ ...showDomain(domain, registrar.switches), ...labels }));
  return { body: { domains }, effect: false };
}

/** /domain/getNs */
export function getNs(call: Call): Answered {
  const dot = call.registrar.switches.nsTrailingDot ? '.' : '';
  const ns = call.registrar.nameServersOf(readDomain(call)).map((host) => `${host}${dot}`);
  return { body: { ns }, effect: false };
}

/** /domain/updateNs: exactly the given name servers from now on. */
export function updateNs(call: Call): Answered {
  const domain = readDomain(call);
  const { ns } = call.body;
  const isList = Array.isArray(ns) && ns.length > 0 && ns.length <= 13;
  if (!isList || !ns.every((host) => typeof host === 'string' && /^([a-z0-9_-]+\.)+[a-z0-9-]+\.?$/i.test(host)))
    throw new Refusal(400, undefined, 'Invalid nameservers.');
  call.registrar.delegate(domain, ns);
  return { body: {}, effect: true };
}

/** /domain/getUrlForwarding: none. */
export function getUrlForwarding(call: Call): Answered {
  readDomain(call);
  return { body: { forwards: [] }, effect: false };
}

function isYes(value: unknown): boolean {
  return ['1', 'yes', 'true'].includes(String(value));
}

function showDomain({ name, createdAt, expiresInDays, autoRenew, apiAccess }: Domain, { apiAccessAs }: Switches) {
  const day = (at: number) => new Date(at).toISOString().slice(0, 19).replace('T', ' ');
  const shown = { text: apiAccess ? '1' : '0', number: apiAccess ? 1 : 0, boolean: apiAccess, absent: undefined };
  return {
    domain: name,
    status: 'ACTIVE',
    tld: name.slice(name.indexOf('.') + 1),
    createDate: day(createdAt),
    expireDate: day(createdAt + expiresInDays * DAY_MS),
    securityLock: '1',
    whoisPrivacy: '1',
    autoRenew: autoRenew ? '1' : '0',
    notLocal: 0,
    apiAccess: shown[apiAccessAs],
  };
}
