import { dnsHostOf } from '../../core/dns-host.ts';
import type { DomainFacts } from '../../core/inspection.ts';
import { type AspectId, identitiesOf, relative } from './aspects.ts';
import { type Comparison, compareDomains } from './compare.ts';

/** The data of a profile, and what it can't say, or what differs: comments for its file. */
export interface InferredProfile {
  readonly profile: Readonly<Record<string, unknown>>;
  readonly notes: readonly string[];
}

/** The profile that a new domain like these would need. Only what all of them share is in it, as far as it could be seen. */
export function inferProfile(all: readonly DomainFacts[], providers: readonly string[]): InferredProfile {
  const { pattern, differences } = compareDomains(all);
  const notes = [...differences.map(describeDifference), ...unknownNotes(pattern)];
  const shared = (aspect: AspectId) => pattern.find((one) => one.aspect === aspect)?.values;
  const names = mailFromNames(all);
  if (names.note !== undefined) notes.push(names.note);
  const profile = withoutEmpty({
    mailFrom: names.label,
    dmarc: dmarcOf(shared, all, notes),
    spf: spfOf(shared, notes),
    ses: sesOf(all, shared, names, notes),
    mx: mxOf(shared, notes),
    mailHost: named(mailcowHostOf(all)) ?? mailHostOf(all) ?? onlyMxOf(all, shared),
    relays: relaysOf(all),
    mailcow: mailcowOf(all, shared, notes),
    dns: dnsOf(all, providers, notes),
  });
  return { profile, notes };
}

type Shared = (aspect: AspectId) => readonly string[] | undefined;

function describeDifference({ title, groups }: Comparison['differences'][number]): string {
  const told = groups.map(({ values, domains }) => `${values.join(', ') || 'nothing'} (${domains.join(', ')})`);
  return `${title} differs: ${told.join('; ')}`;
}

function unknownNotes(pattern: Comparison['pattern']): string[] {
  return [
    ...Map.groupBy(
      pattern.filter((one) => one.unknown.length > 0),
      (one) => one.unknown.join(', '),
    ),
  ].map(([domains, aspects]) => `not seen at ${domains}: ${aspects.map(({ title }) => title).join(', ')}`);
}

function dmarcOf(shared: Shared, all: readonly DomainFacts[], notes: string[]): Record<string, unknown> {
  const fo = alike(all.flatMap(({ dmarc }) => (dmarc.status === 'present' ? [dmarc.value.fo] : [])));
  // An address that has the domain in it is another for each: a profile can't name it, but for the default.
  const sayable = (aspect: 'dmarc.rua' | 'dmarc.ruf') => {
    const addresses = shared(aspect) ?? [];
    if (addresses.length === 0 || (aspect === 'dmarc.rua' && addresses.join() === 'dmarc@<domain>')) return undefined;
    if (!addresses.some((one) => one.includes('<domain>'))) return [...addresses];
    notes.push(`${aspect}: ${addresses.join(', ')} is another for each domain: a profile can’t say it`);
    return undefined;
  };
  const rua = sayable('dmarc.rua');
  const ruf = sayable('dmarc.ruf');
  return {
    policy: shared('dmarc.policy')?.[0],
    rua,
    ruf,
    fo: ruf ? fo : undefined,
  };
}

function spfOf(shared: Shared, notes: string[]): Record<string, unknown> | undefined {
  const terms = shared('spf');
  if (terms === undefined || terms.length === 0) return undefined;
  const includes = terms.filter((term) => term.startsWith('include:')).map((term) => term.slice('include:'.length));
  if (!includes.includes('amazonses.com')) return { root: 'keep' };
  const others = terms.filter((term) => !term.startsWith('include:') && !/^[~]all$/.test(term));
  if (others.length > 0)
    notes.push(
      `SPF has ${others.join(' ')} besides, which a profile does not write: a new record gets includes and ~all`,
    );
  return { root: 'merge', include: includes.length === 1 ? undefined : includes };
}

function sesOf(
  all: readonly DomainFacts[],
  shared: Shared,
  names: MailFromNames,
  notes: string[],
): Record<string, unknown> | undefined {
  const regions = shared('ses.regions') ?? [];
  const seen = all.some(({ ses }) => ses.status === 'present');
  if (!seen) {
    if (names.regions.length === 0) return undefined;
    notes.push(
      'SES could not be read: the regions are those of the MAIL FROM names, and tenant, configuration set and DKIM method are not known',
    );
    return { regions: names.regions, mailFrom: names.method };
  }
  if (regions.length === 0) return undefined;
  const parents = [...new Set(all.flatMap((facts) => identitiesOf(facts).flatMap(({ dkim }) => dkim.parent ?? [])))];
  // The first region of a profile becomes the parent, and has the bare MAIL FROM name.
  const first = parents.length === 1 ? parents[0] : names.regions[0];
  const ordered = regions.toSorted((a, b) => Number(b === first) - Number(a === first));
  const method = shared('ses.dkim')?.[0] ?? '';
  const dkim = method.startsWith('replicated') ? 'replicated' : method === 'per-region' ? 'per-region' : undefined;
  if (method === 'byodkim')
    notes.push('SES signs with a key of one’s own: a new domain needs ses.dkim: byodkim and dkim.keyFile');
  const one = (aspect: AspectId) => {
    const values = shared(aspect) ?? [];
    return values.length === 1 && !values[0]?.includes(' (') ? values[0] : undefined;
  };
  const account = alike(all.flatMap(({ ses }) => (ses.status === 'present' ? [ses.value.account] : [])));
  return {
    account,
    regions: ordered,
    tenant: one('ses.tenant'),
    configurationSet: one('ses.configurationSet'),
    dkim,
    mailFrom: names.method,
    onMxFailure: one('ses.onMxFailure'),
  };
}

function mxOf(shared: Shared, notes: string[]): string[] | undefined {
  const values = shared('mx');
  if (!values || values.length === 0) return undefined;
  if (values.some((value) => value.includes('<domain>') || value.includes('null MX'))) {
    notes.push(`MX ${values.join(', ')} is another for each domain, or none: a profile can’t say it`);
    return undefined;
  }
  return values.map((value) => value.replace(/^(\d+) (.*)$/, '$2:$1'));
}

function mailcowHostOf(all: readonly DomainFacts[]): string | undefined {
  return alike(all.flatMap(({ mailcow }) => (mailcow?.status === 'present' ? [mailcow.value.host] : [])));
}

/** An address is nobody's name: MX and client records can't point at it. */
function named(host: string | undefined): string | undefined {
  return host !== undefined && /[a-z]$/i.test(host) ? host : undefined;
}

/** Where Mailcow is asked by its address alone, its name is that of the one MX, unless relays are in front of it. */
function onlyMxOf(all: readonly DomainFacts[], shared: Shared): string | undefined {
  const [mx, second] = shared('mx') ?? [];
  if (mailcowHostOf(all) === undefined || relaysOf(all) || mx === undefined || second !== undefined) return undefined;
  return mx.split(' ')[1];
}

/** The relays that know all of the domains. */
function relaysOf(all: readonly DomainFacts[]): string[] | undefined {
  const hosts = all.map(({ relays }) => (relays?.status === 'present' ? relays.value.map(({ host }) => host) : []));
  const common = (hosts[0] ?? []).filter((host) => hosts.every((one) => one.includes(host)));
  return common.length > 0 ? common : undefined;
}

/** Mailboxes and aliases that all have; where aliases lead outside the domain, to the same addresses. */
function mailcowOf(all: readonly DomainFacts[], shared: Shared, notes: string[]): Record<string, unknown> | undefined {
  if (mailcowHostOf(all) === undefined) return undefined;
  const boxes = shared('mailcow.mailboxes');
  const aliases = (shared('mailcow.aliases') ?? []).map((line) => line.split('@ → ', 2));
  const relayhost = shared('mailcow.relayhost')?.[0];
  if (relayhost !== undefined)
    notes.push(`Mailcow hands mail to ${relayhost}: if that is SES, outbound: ses with ses.smtpCredentials says so`);
  if (boxes === undefined) notes.push('mailboxes differ: name those of a new domain with --mailbox');
  return {
    mailboxes: boxes && boxes.length > 0 ? [...boxes] : undefined,
    aliases: Object.fromEntries(
      aliases.map(([local = '', goto = '']) => [local, goto.split(', ').map((to) => to.replace(/@<domain>$/, ''))]),
    ),
    dkim: shared('mailcow.dkim')?.length === 0 ? 'none' : undefined,
  };
}

/** The one host outside the domains that their autodiscover and autoconfig names lead to. */
function mailHostOf(all: readonly DomainFacts[]): string | undefined {
  const targets = all.map(({ clients, domain }) => {
    const found = clients.status === 'present' ? clients.value.map(({ target }) => target) : [];
    return [
      ...new Set(found.filter((target) => /[a-z]$/.test(target) && !relative(target, domain).includes('<domain>'))),
    ];
  });
  const known = targets.filter((hosts) => hosts.length > 0);
  return known.every((hosts) => hosts.length === 1) ? alike(known.map(([host]) => host)) : undefined;
}

function dnsOf(
  all: readonly DomainFacts[],
  providers: readonly string[],
  notes: string[],
): Record<string, unknown> | undefined {
  const hosts = all.flatMap(({ dns }) => (dns.status === 'present' ? [dnsHostOf(dns.value.servers)] : []));
  const host = alike(hosts.map((one) => one?.name));
  const provider = hosts.find((one) => one?.name === host)?.provider;
  if (host === undefined) return undefined;
  if (provider !== undefined && providers.includes(provider)) return { provider };
  notes.push(`the zones are at ${host}, where this version can’t write`);
  return undefined;
}

interface MailFromNames {
  /** The label of the first region's name, where all domains have the same. */
  readonly label?: string;
  readonly method?: 'per-region' | 'shared' | 'none';
  /** In the order of the names: the bare one first. */
  readonly regions: readonly string[];
  readonly note?: string;
}

/** How MAIL FROM names are made of the domain: 'mail.<domain>' for the first region, 'mail-<region>.<domain>' for the others. */
function mailFromNames(all: readonly DomainFacts[]): MailFromNames {
  const each = all.map((facts) => {
    const { domain, mailFrom } = facts;
    const identities = identitiesOf(facts);
    const bySes = identities.flatMap((one) => (one.mailFrom ? [{ name: one.mailFrom.name, region: one.region }] : []));
    // SES's own word counts; DNS tells where there is none.
    const names = identities.length > 0 ? bySes : mailFrom.status === 'present' ? mailFrom.value : [];
    const known =
      identities.length > 0 || names.length > 0 || (mailFrom.status === 'absent' && facts.mailFromSearch === 'whole');
    return { known, names: names.map(({ name, region }) => ({ name: relative(name, domain), region })) };
  });
  const known = each.filter((one) => one.known).map((one) => one.names);
  const spelt = known.map((names) =>
    names
      .map(({ name, region }) => `${name} ${region}`)
      .toSorted()
      .join(),
  );
  const [names = []] = known;
  if (new Set(spelt).size !== 1) return { regions: [] };
  if (names.length === 0) return { method: 'none', regions: [] };
  const regions = names.map(({ region }) => region);
  const distinct = [...new Set(names.map(({ name }) => name))];
  const labelOf = (name: string) => /^([^.]+)\.<domain>$/.exec(name)?.[1];
  const bare = names.find(({ name, region }) => labelOf(name) !== undefined && !name.includes(region)) ?? names[0];
  const label = labelOf(bare?.name ?? '');
  const ordered = regions.toSorted((a, b) => Number(b === bare?.region) - Number(a === bare?.region));
  if (label !== undefined && distinct.length === 1)
    return { label, method: names.length > 1 ? 'shared' : 'per-region', regions: ordered };
  const regular = names.every(
    ({ name, region }) => name === (region === bare?.region ? `${label}.<domain>` : `${label}-${region}.<domain>`),
  );
  if (label !== undefined && regular) return { label, method: 'per-region', regions: ordered };
  const told = names.map(({ name, region }) => `${name} (${region})`).join(', ');
  return {
    method: 'per-region',
    regions: ordered,
    note: `the MAIL FROM names ${told} are none that a profile makes: live ones are kept, new domains get mail.<domain> and mail-<region>.<domain>`,
  };
}

/** The value that all have; undefined where they differ, or there is none. */
function alike<T>(values: readonly T[]): T | undefined {
  return values.length > 0 && values.every((value) => value === values[0]) ? values[0] : undefined;
}

/** Without keys that have no value, and without groups that have no key. */
function withoutEmpty(data: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(data)
      .map(([key, value]) => [key, isGroup(value) ? withoutEmpty(value) : value] as const)
      .filter(([, value]) => value !== undefined && !(isGroup(value) && Object.keys(value).length === 0)),
  );
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
