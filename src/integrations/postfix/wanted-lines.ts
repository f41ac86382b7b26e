import type { DomainSpec, RelaySpec } from '../../core/domain-spec.ts';
import { knownAddresses } from '../../core/profile/resolve-mail-hosts.ts';
import { EDITED, type Edited, type Parameter, type RelayState, SENDERS } from './relay-state.ts';

/** Lines by parameter and key: what a domain needs in a relay's tables, and what the ledger keeps of it. */
export type Lines = Readonly<Partial<Record<Edited, Readonly<Record<string, string>>>>>;

/** What a relay needs to take a domain's mail and pass it on. */
export function wantedLines(spec: DomainSpec, relay: RelaySpec, state: RelayState): Lines {
  const { domain } = spec;
  const recipients = parameter(state, 'relay_recipient_maps');
  const addresses =
    relay.recipients === 'any' ? [`@${domain}`] : knownAddresses(domain, spec.mailcow).map((one) => one.toLowerCase());
  return {
    // Where the parameter is empty, every recipient of a relay domain is taken: there is nothing to add to.
    ...(recipients.expanded === ''
      ? {}
      : { relay_recipient_maps: Object.fromEntries(addresses.map((one) => [one, 'OK'])) }),
    transport_maps: { [domain]: transportOf(spec, relay, state) },
    // One table may serve both: the domain is listed there by its way then, and a key stands once in a table.
    ...(isShared(state) ? {} : { relay_domains: { [domain]: 'OK' } }),
  };
}

/** Whether relay_domains is looked up in the table that new transports go into, too. */
function isShared(state: RelayState): boolean {
  const path = parameter(state, 'transport_maps').tables[0]?.path;
  return parameter(state, 'relay_domains').tables.some((table) => table.path === path);
}

/**
 * Where mail goes next: in brackets, so that no MX is looked up (it would point back here), written as the relay's other domains write
 * it for the same host.
 */
function transportOf(spec: DomainSpec, relay: RelaySpec, state: RelayState): string {
  const wanted = relay.nextHop ?? spec.mailHost ?? '';
  const [host = '', port] = splitPort(wanted);
  const used = parameter(state, 'transport_maps')
    .tables.flatMap(({ entries }) => entries)
    .filter(({ key }) => key !== spec.domain)
    .map(({ value }) => value)
    .filter((value) => {
      const [, usedHost = '', usedPort] = /^[a-z0-9_-]+:\[([^\]]+)\](?::(\d+))?$/i.exec(value) ?? [];
      return usedHost.toLowerCase() === host && (port === undefined || (usedPort ?? '25') === port);
    });
  const counted = [...Map.groupBy(used, (value) => value)].toSorted((a, b) => b[1].length - a[1].length);
  const [common] = counted[0] ?? [];
  if (common !== undefined) return common;
  const service = state.values.get('relay_transport') ?? 'relay';
  const name = state.services.has(service) ? service : 'smtp';
  return `${name}:[${host}]${port === undefined ? '' : `:${port}`}`;
}

/** 'host:25' in its parts; an IPv6 address has no port unless it is in brackets, which a profile's next hop never keeps. */
function splitPort(text: string): readonly [string, string?] {
  const [, host = text, port] = /^([^:]+):(\d+)$/.exec(text) ?? [];
  return port === undefined ? [host] : [host, port];
}

export function parameter(state: RelayState, name: string): Parameter {
  return (
    state.parameters.get(name) ?? {
      raw: '',
      expanded: '',
      tables: [],
      missing: [],
      names: [],
      asked: new Map(),
      inFront: new Map(),
      others: [],
      unasked: [],
    }
  );
}

/** How a line stands in a relay: missing, ours with some value, or somebody's. */
export type Standing =
  | { readonly is: 'missing' }
  | { readonly is: 'ours' | 'theirs'; readonly value: string; readonly by: string };

/** What a relay says at a key, in the order in which Postfix asks its tables. */
export function standingOf(state: RelayState, name: Edited, key: string): Standing {
  const { tables, names, asked, others } = parameter(state, name);
  for (const { entries, type, path } of tables) {
    const entry = entries.find((one) => one.key === key);
    if (entry) return { is: entry.ours ? 'ours' : 'theirs', value: entry.value, by: `${type}:${path}` };
  }
  if (name === 'relay_domains' && names.includes(key)) return { is: 'theirs', value: 'OK', by: 'main.cf' };
  const value = asked.get(key);
  return value === undefined ? { is: 'missing' } : { is: 'theirs', value, by: others.join(', ') };
}

/** The answer of a table that Postfix asks before any file: it hides what stands there. */
export function hidden(state: RelayState, name: Edited, key: string): Standing | undefined {
  const answer = parameter(state, name).inFront.get(key);
  return answer && { is: 'theirs', ...answer };
}

/** Whether somebody's line serves as well as ours would: any value counts as listed; a transport has to be the same. */
export function serves(name: Edited, standing: Standing, wanted: string): boolean {
  if (standing.is === 'missing') return false;
  if (name === SENDERS) return standing.value === wanted;
  return name !== 'transport_maps' || sameTransport(standing.value, wanted);
}

/** 'smtp:[host]' and 'smtp:[host]:25' are one; the name of the service is the relay's own affair. */
function sameTransport(a: string, b: string): boolean {
  const plain = (text: string) =>
    text
      .toLowerCase()
      .replace(/^[a-z0-9_-]*:/, '')
      .replace(/:25$/, '');
  return plain(a) === plain(b);
}

/** Every line, in the order in which it becomes live. */
export function* eachLine(lines: Lines): Generator<readonly [name: Edited, key: string, value: string]> {
  for (const name of EDITED) for (const [key, value] of Object.entries(lines[name] ?? {})) yield [name, key, value];
}

/** Lines as data again. */
export function linesOf(all: Iterable<readonly [name: Edited, key: string, value: string]>): Lines {
  const lines: Partial<Record<Edited, Record<string, string>>> = {};
  for (const [name, key, value] of all) lines[name] = { ...lines[name], [key]: value };
  return lines;
}
