import { ENTER_IT } from '../core/by-hand.ts';
import { type Check, check } from '../core/checks/check.ts';
import { lintDmarc } from '../core/checks/lint/lint-dmarc.ts';
import { type LiveRecord, showValue } from '../core/dns.ts';
import type { Zone } from '../core/dns-provider.ts';
import type { DomainSpec } from '../core/domain-spec.ts';
import { mergeDmarcRecords } from '../core/merge/dmarc-merge.ts';
import { isDmarc, isMeantAsDmarc } from '../core/records/dmarc.ts';
import { isSpf, refusedSenders } from '../core/records/spf.ts';
import { fromBytes, showText } from '../core/records/txt.ts';
import { type Answer, servedEverywhere } from '../core/resolver.ts';
import type { Change, Conflict, DesiredRecord } from '../core/resource.ts';
import type { Evidence } from './evidence.ts';
import { cutOf, type Zones, type ZoneView, zoneOf } from './zones.ts';

/** Whether any name server that the public sees is one of the zone's. */
export function isDelegated(zone: Zone, delegation: Answer): 'yes' | 'no' | 'unknown' {
  if (delegation.status === 'unknown') return 'unknown';
  const seen = delegation.values.map((name) => name.toLowerCase());
  return zone.nameServers.length === 0 || zone.nameServers.some((name) => seen.includes(name)) ? 'yes' : 'no';
}

/** Whether the parent delegates to the zone that is written: records in another zone are seen by nobody. */
export function zoneChecks(
  spec: DomainSpec,
  { zone, delegation, provider: { name: provider } }: ZoneView,
): { checks: readonly Check[]; conflicts: readonly Conflict[] } {
  const seen = delegation.values.map((name) => name.toLowerCase());
  const live = { yes: 'ok', no: 'failed', unknown: 'unknown' } as const;
  const state = live[isDelegated(zone, delegation)];
  const found =
    seen.length > 0
      ? seen.join(', ')
      : delegation.status === 'absent'
        ? 'no delegation'
        : (delegation.servers[0]?.reason ?? 'no answer');
  const one = check('dns.delegation', {
    system: 'dns',
    name: zone.name,
    status: state === 'failed' && spec.consents.zoneNotLive ? 'pending' : state,
    expected: zone.nameServers.join(', '),
    seen: [{ by: 'public DNS', value: found }],
    ...(state === 'failed' && spec.consents.zoneNotLive
      ? { next: 'the records become visible when the registrar delegates to these servers' }
      : {}),
  });
  if (state !== 'failed' || spec.consents.zoneNotLive) return { checks: [one], conflicts: [] };
  return {
    checks: [one],
    conflicts: [
      {
        code: 'dns.not-delegated',
        system: 'dns',
        name: zone.name,
        message: `${zone.name} is ${seen.length > 0 ? `served by ${found}, not by` : 'delegated to nobody, not even to'} the zone at ${provider} (${zone.nameServers.join(', ')}): what is written there is seen by nobody.`,
        fix: `Delegate the domain to these servers, or choose the provider that serves it (--dns); --zone-not-live prepares the zone before its move.`,
      },
    ],
  };
}

/** Whether each wanted record is there and served by every name server. */
export function recordChecks(
  records: readonly DesiredRecord[],
  changes: readonly Change[],
  evidence: Evidence,
): Check[] {
  return records.map((want) => {
    const { record } = want;
    const expected = `${record.type} ${showValue(record)}`;
    const base = { system: 'dns', name: record.name, expected };
    const there = evidence.live.filter((one) => one.name === record.name);
    const change = changes.find((one) => one.id === want.id);
    const fault = change
      ? undefined
      : (severalCheck(want, there, base) ?? brokenCheck(want, there, base) ?? refusedCheck(want, there, base));
    if (fault) return fault;
    const theirs =
      want.firmness === 'default'
        ? there.find((one) => one.type === 'CNAME' || (one.type === 'NS' && isDmarc(record.value)))
        : undefined;
    if (theirs) {
      const seen = `left to ${theirs.value}, which publishes it (${theirs.type})`;
      return check(want.check, { ...base, status: 'ok', seen: [{ by: 'DNS provider', value: seen }] });
    }
    if (change) {
      const alike = there.filter((one) => one.type === record.type);
      const seen = alike.length > 0 ? alike.map(shown).join(', ') : 'nothing published';
      if (change.by === 'person') return personsTurn(want, change, seen, base);
      // What is written may be more than what is wanted: our term in a record of somebody else.
      const written = (change.after ?? record) as unknown as DesiredRecord['record'];
      const fix = `${toPublish(written)}${change.before ? ', in place of what is there' : ''}; \`mailwright up\` does it.`;
      return check(want.check, { ...base, status: 'failed', seen: [{ by: 'DNS provider', value: seen }], fix });
    }
    const beside = besideTheOne(want, there);
    if (beside.length > 0) {
      const seen = there
        .filter(({ type }) => type === record.type)
        .map((one) => showValue(one))
        .join(', ');
      return check(want.check, { ...base, status: 'failed', seen: [{ by: 'DNS provider', value: seen }] });
    }
    const answer = evidence.served.get(want.id);
    if (!answer)
      return check(want.check, {
        ...base,
        status: 'failed',
        seen: [{ by: 'DNS provider', value: 'nothing published' }],
      });
    return servedCheck(want, answer, base, there);
  });
}

/** A record of the zone; one that is proxied has the right value, and is answered with another. */
function shown(record: LiveRecord): string {
  return `${showValue(record)}${record.proxied ? ', proxied' : ''}`;
}

function toPublish(record: DesiredRecord['record']): string {
  return `Publish ${record.name} ${record.type} ${showValue(record)}${record.type === 'CNAME' ? ', not proxied' : ''}`;
}

/** A record that somebody is to enter: nothing is wrong but what was entered wrongly, which is said. */
function personsTurn(
  want: DesiredRecord,
  { slip }: Change,
  seen: string,
  base: { system: string; name: string; expected: string },
): Check {
  return check(want.check, {
    ...base,
    status: 'pending',
    seen: [{ by: 'name servers', value: slip?.what ?? seen }],
    next: slip ? `put it right at the DNS host: ${slip.fix}` : ENTER_IT,
  });
}

/** What stands beside a record that has to be the only one of its type; the name servers will not lose it by themselves. */
function besideTheOne({ firmness, record }: DesiredRecord, there: readonly LiveRecord[]): readonly LiveRecord[] {
  if (firmness !== 'single') return [];
  return there.filter((one) => one.type === record.type && one.value !== record.value);
}

/** Several policies at one name are as good as none. */
function severalCheck(
  want: DesiredRecord,
  there: readonly LiveRecord[],
  base: { system: string; name: string; expected: string },
): Check | undefined {
  if (want.firmness !== 'default' && want.firmness !== 'spf') return undefined;
  const kind = isSpf(want.record.value) ? isSpf : isDmarc;
  const all = there.filter((one) => one.type === 'TXT' && kind(one.value));
  if (all.length < 2) return undefined;
  const seen = all.map((one) => ({ by: 'DNS provider', value: showText(one.value) }));
  return check(kind === isSpf ? 'spf.multiple' : 'dmarc.multiple', {
    ...base,
    expected: 'exactly one record',
    status: 'failed',
    seen,
    fix: kind === isDmarc ? oneOf(all.map((one) => one.value)) : undefined,
  });
}

/** A text in the place of our policy that was meant as one, and is none: ours is not written beside it. */
function brokenCheck(
  want: DesiredRecord,
  there: readonly LiveRecord[],
  base: { system: string; name: string; expected: string },
): Check | undefined {
  const texts = there.filter(({ type }) => type === 'TXT').map(({ value }) => fromBytes(value));
  if (want.firmness !== 'default' || !isDmarc(want.record.value) || texts.some(isDmarc)) return undefined;
  const text = texts.find(isMeantAsDmarc);
  const [fault] = text === undefined ? [] : lintDmarc(text);
  if (text === undefined || fault === undefined) return undefined;
  return check(fault.id, {
    ...base,
    status: 'failed',
    seen: [{ by: 'DNS provider', value: text }],
    fix: `${fault.fix} Or delete it: then ours is written.`,
  });
}

/** The one record that several policies would become, as a way out. */
function oneOf(policies: readonly string[]): string | undefined {
  const one = mergeDmarcRecords(policies)?.value;
  return one === undefined
    ? undefined
    : `Keep the right one and delete the others; or run with --merge-several to make them "${showText(one)}".`;
}

/** A sender of ours that the record names, but does not let pass: somebody's decision, which is left. */
function refusedCheck(
  want: DesiredRecord,
  there: readonly LiveRecord[],
  base: { system: string; name: string; expected: string },
): Check | undefined {
  const record = want.firmness === 'spf' ? there.find(({ type, value }) => type === 'TXT' && isSpf(value)) : undefined;
  const refused = record ? refusedSenders(record.value, want.record.value) : [];
  if (!record || refused.length === 0) return undefined;
  return check(want.check, {
    ...base,
    status: 'failed',
    seen: [{ by: 'DNS provider', value: showText(record.value) }],
    fix: `Write ${refused.map((term) => `"${term.slice(1)}" instead of "${term}"`).join(' and ')}: only a term without a sign, or with "+", lets a sender pass.`,
  });
}

/** Names that the zone delegates to servers whose zone we do not have: what is written below such a cut is seen by nobody. */
export function cutConflicts(records: readonly DesiredRecord[], zones: Zones, main: ZoneView): Conflict[] {
  const { zone } = main;
  const found = records.flatMap((want) => {
    const { name } = want.record;
    const cut = cutOf(name, main);
    // A policy at a delegated name is for whoever serves it to say.
    const theirs = want.firmness === 'default' && cut?.name === name;
    const unread = zones.unread?.some((one) => one.name === name);
    return cut && !theirs && !unread && zoneOf(name, zones) === undefined ? [{ cut, want }] : [];
  });
  return [...Map.groupBy(found, ({ cut }) => cut.name)].map(([name, below]) => ({
    code: 'dns.delegated-away',
    system: 'dns',
    name,
    message: `${name} is delegated to ${[...new Set(below.map(({ cut }) => cut.value))].join(', ')}, so ${[...new Set(below.map(({ want }) => want.record.name))].join(', ')} can't be written in ${zone.name}: nobody would see it there.`,
    fix: `Give the DNS provider's credentials access to the zone ${name}, set the records there by hand, or remove the delegation if nobody uses it.`,
  }));
}

function servedCheck(
  want: DesiredRecord,
  answer: Answer,
  base: { system: string; name: string; expected: string },
  there: readonly LiveRecord[],
): Check {
  const seen = answer.servers.map((server) => ({
    by: server.by,
    value: server.status === 'present' ? server.values.map(showText).join(', ') : (server.reason ?? server.status),
  }));
  const state = isServed(want, answer);
  if (state === 'yes') return check(want.check, { ...base, status: 'ok', seen });
  if (state === 'unknown') {
    return check(want.check, {
      ...base,
      status: 'unknown',
      seen,
      next: 'the name servers can’t be asked from here; the record is at the provider',
    });
  }
  // Where the provider has something else, no server will follow.
  if (!isHeld(want, there)) return check(want.check, { ...base, status: 'failed', seen });
  return check(want.check, { ...base, status: 'pending', seen, next: followsNext(want, answer) });
}

/** Whether the record is at the provider; of what is merged or only a default, whether one of its kind is. */
function isHeld({ firmness, record }: DesiredRecord, there: readonly LiveRecord[]): boolean {
  const kind = isSpf(record.value) ? isSpf : isDmarc;
  const isOne = (value: string) =>
    firmness === 'default' || firmness === 'spf' ? kind(value) : value === record.value;
  return there.some((one) => one.type === record.type && isOne(one.value));
}

/** A CNAME that nobody serves as one is answered by the host itself, where it does such things. */
function followsNext({ record }: DesiredRecord, { status }: Answer): string {
  const follow = 'the provider holds the record; its name servers follow within seconds to minutes';
  return record.type === 'CNAME' && status === 'absent'
    ? `${follow}; if that does not come, the host flattens or proxies CNAMEs: switch that off for the name`
    : follow;
}

/** Whether every server that answers serves the wanted record; a policy of somebody else's making counts where ours is only a default. */
export function isServed(want: DesiredRecord, answer: Answer): 'yes' | 'no' | 'unknown' {
  const { record } = want;
  if (answer.servers.every((server) => server.status === 'unknown')) return 'unknown';
  const kind = isSpf(record.value) ? isSpf : isDmarc;
  if (want.firmness === 'default' || want.firmness === 'spf') {
    const answered = answer.servers.filter((server) => server.status !== 'unknown');
    const includes =
      want.firmness === 'spf' ? record.value.split(' ').filter((term) => term.startsWith('include:')) : [];
    const good = (value: string) => kind(value) && includes.every((term) => value.toLowerCase().includes(term));
    return answered.every((server) => server.values.some(good)) ? 'yes' : 'no';
  }
  if (want.firmness === 'single') {
    const [only, second] = answer.values;
    // The preference of the one MX is nobody's concern.
    return only !== undefined && second === undefined
      ? servedEverywhere(answer, only.endsWith(` ${record.value}`) ? only : record.value)
      : 'no';
  }
  return servedEverywhere(answer, record.type === 'MX' ? `${record.preference} ${record.value}` : record.value);
}
