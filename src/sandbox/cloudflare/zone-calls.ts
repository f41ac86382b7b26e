import { domainToASCII } from 'node:url';
import { type Answered, type Call, readBody, readZone } from './call.ts';
import { paginate } from './list.ts';
import { isObject, refuse, successBody } from './refusal.ts';
import type { CloudZone } from './state.ts';
import { hasPermission, isInScope } from './tokens.ts';
import { showZone } from './view.ts';

/** `GET /zones`: the zones in the token's scope, at most 50 a page. */
export function listZones({ cloud, token, query }: Call): Answered {
  if (!hasPermission(token, 'zone:read')) {
    const actor = `Actor 'com.cloudflare.api.token.${token.id}'`;
    throw refuse(403, 0, `${actor} requires permission 'com.cloudflare.api.account.zone.list' to list zones`);
  }
  const tests = readFilters(query);
  const isAny = query.get('match') === 'any';
  const found = cloud.estate
    .zones()
    .filter((zone) => isInScope(token, zone))
    .filter(
      (zone) => tests.length === 0 || (isAny ? tests.some((test) => test(zone)) : tests.every((test) => test(zone))),
    );
  if (query.get('order') === 'name') found.sort((one, other) => (one.name < other.name ? -1 : 1));
  if (query.get('direction') === 'desc') found.reverse();
  const { items, info } = paginate(found, query, 20, 50);
  return {
    body: successBody(
      items.map((zone) => showZone(zone, token.permissions)),
      info,
    ),
    effect: false,
  };
}

function readFilters(query: URLSearchParams): ((zone: CloudZone) => boolean)[] {
  const filters: ((zone: CloudZone) => boolean)[] = [];
  for (const [key, value] of query) {
    if (key === 'name') filters.push(({ name }) => matches(name, value));
    else if (key === 'status') filters.push(({ status }) => status === value);
    else if (key === 'account.id') filters.push(({ account }) => account.id === value);
    else if (key === 'account.name') filters.push(({ account }) => matches(account.name, value));
    else if (key === 'type') filters.push(() => value.split(',').includes('full'));
  }
  return filters;
}

/** Cloudflare's filter operators: `contains:shop`, `starts_with_case_sensitive:a`, without any an exact match. */
function matches(text: string, filter: string): boolean {
  const parsed = /^(equal|not_equal|starts_with|ends_with|contains)(_case_sensitive)?:(.*)$/s.exec(filter);
  const [, operator = 'equal', sensitive, rest = filter] = parsed ?? [];
  const [given, wanted] = sensitive ? [text, rest] : [text.toLowerCase(), rest.toLowerCase()];
  if (operator === 'not_equal') return given !== wanted;
  if (operator === 'starts_with') return given.startsWith(wanted);
  if (operator === 'ends_with') return given.endsWith(wanted);
  return operator === 'contains' ? given.includes(wanted) : given === wanted;
}

/** `GET /zones/{id}`. */
export function getZone(call: Call): Answered {
  const zone = readZone(call, 'zone:read');
  return { body: successBody(showZone(zone, call.token.permissions)), effect: false };
}

/** `POST /zones`: a pending zone on the free plan, active as soon as the registry delegates to its name servers. */
export function createZone(call: Call): Answered {
  const { cloud, token } = call;
  const body = readBody(call);
  const name = typeof body.name === 'string' ? domainToASCII(body.name.trim().replace(/\.$/, '')) : '';
  if (!/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/.test(name))
    throw refuse(400, 1001, 'Invalid or missing zone name.');
  const reachable = cloud.estate.accounts().filter(({ id }) => token.account === undefined || token.account === id);
  const wanted = isObject(body.account) ? body.account.id : undefined;
  const account =
    wanted === undefined && reachable.length === 1 ? reachable[0] : reachable.find(({ id }) => id === wanted);
  if (!account || !hasPermission(token, 'zone:edit') || token.zones !== 'all')
    throw refuse(
      403,
      0,
      'Requires permission "com.cloudflare.api.account.zone.create" to create zones for the selected account',
    );
  const zone = cloud.estate.createZone(name, account, 'free');
  return { body: successBody(showZone(zone, token.permissions)), effect: true };
}

/** `GET /zones/{id}/dns_settings`. */
export function getDnsSettings(call: Call): Answered {
  const zone = readZone(call, 'dns_settings:read');
  const result = {
    flatten_all_cnames: zone.flattenAllCnames,
    foundation_dns: false,
    multi_provider: false,
    nameservers: { type: 'cloudflare.standard', ns_set: 1 },
    ns_ttl: 86_400,
    secondary_overrides: false,
    soa: {
      expire: 604_800,
      min_ttl: 1800,
      mname: zone.account.nameServers[0],
      refresh: 10_000,
      retry: 2400,
      rname: 'dns.cloudflare.com',
      ttl: 1800,
    },
    zone_mode: 'standard',
  };
  return { body: successBody(result), effect: false };
}

/** `GET /zones/{id}/pagerules`: there are none; clients that sync everything ask all the same. */
export function listPageRules(call: Call): Answered {
  readZone(call, 'zone:read');
  return { body: successBody([]), effect: false };
}
