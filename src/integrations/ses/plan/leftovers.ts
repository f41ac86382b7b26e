import { type Check, check } from '../../../core/checks/check.ts';
import type { DomainSpec } from '../../../core/domain-spec.ts';
import { dkimName } from '../../../core/records/dkim.ts';
import type { Conflict, DesiredRecord, Findings, Hold, Owned } from '../../../core/resource.ts';
import type { ChangeData } from '../apply.ts';
import type { SesState } from '../state.ts';
import { SWITCHED } from '../tags.ts';
import { identityOf, replicasOf } from './parent.ts';
import { effectiveSet } from './tenant.ts';

/** How long the records of a former DKIM key stay after a switch: mail under way is still checked with it. */
const FORMER_KEY_MS = 7 * 24 * 3600 * 1000;

/** Of what is there: what is still asked for, what live mail uses, and what is neither. */
export function planLeftovers(
  spec: DomainSpec,
  state: SesState,
  owned: Owned,
  records: readonly DesiredRecord[],
): Findings {
  const former = formerKeys(spec, state, owned, records);
  const parent = parentOutside(spec, state);
  const wanted = stillWanted(spec, state, owned);
  return {
    wanted: [...wanted, ...(former.wanted ?? [])],
    holds: [...inUse(spec, state), ...(former.holds ?? [])],
    checks: [...(former.checks ?? []), ...parent.checks, ...staleChecks(spec, owned, wanted)],
    conflicts: parent.conflicts,
  };
}

/** The ledger's entries ('ses us-west-2/identity') that the spec still asks for. */
function stillWanted(spec: DomainSpec, state: SesState, owned: Owned): string[] {
  const { ses } = spec;
  return [...owned.entries()].flatMap(([id, entry]) => {
    const [, region = '', what = ''] = /^ses ([a-z0-9-]+)\/(.+)$/.exec(id) ?? [];
    if (!ses?.regions.includes(region)) return [];
    const data = entry as unknown as ChangeData;
    const set = identityOf(state, region)?.configurationSet ?? effectiveSet(ses);
    const asked: Readonly<Record<string, boolean>> = {
      identity: true,
      'mail-from': ses.mailFrom !== 'none',
      'identity/configuration-set': ses.configurationSet !== undefined,
      'configuration-set': data.configurationSet === set || data.configurationSet === effectiveSet(ses),
      tenant: data.tenant === ses.tenant,
      'tenant/identity': data.tenant === ses.tenant,
      'tenant/configuration-set': data.tenant === ses.tenant && data.arn?.endsWith(`/${set}`) === true,
    };
    return asked[what] ? [id] : [];
  });
}

/** What is left behind in each region: a region that the profile left, a tenant that is another by now. */
function staleChecks(spec: DomainSpec, owned: Owned, wanted: readonly string[]): Check[] {
  const left = [...owned.entries()].flatMap(([id]) => {
    const [, region, what = ''] = /^ses ([a-z0-9-]+)\/(.+)$/.exec(id) ?? [];
    return region !== undefined && !wanted.includes(id) ? [{ region, what: what.replaceAll('/', ' ') }] : [];
  });
  return [...Map.groupBy(left, ({ region }) => region)].map(([region, entries]) =>
    check('ownership.stale', {
      system: 'ses',
      region,
      name: spec.domain,
      status: 'failed',
      expected: 'asked for, or removed',
      seen: [{ by: 'ledger', value: entries.map(({ what }) => what).join(', ') }],
    }),
  );
}

/** Names that live mail goes by: SES signs with them, or gives them as envelope. */
function inUse(spec: DomainSpec, state: SesState): Hold[] {
  return [...state.regions.keys()].flatMap((region) => {
    const identity = identityOf(state, region);
    if (!identity) return [];
    const keys = identity.dkim.tokens.map((token) => ({
      name: dkimName(token, spec.domain),
      by: [`ses ${region}/identity`],
      why: `SES ${region} signs with it`,
    }));
    const { mailFrom } = identity;
    if (!mailFrom) return keys;
    const by = [`ses ${region}/mail-from`, `ses ${region}/identity`];
    return [...keys, { name: mailFrom.name, by, why: `it is the MAIL FROM of SES ${region}` }];
  });
}

/** Keys that come from a region which the profile no longer names: its identity must stay as long as others follow it. */
function parentOutside(spec: DomainSpec, state: SesState): { checks: Check[]; conflicts: Conflict[] } {
  const former = [...state.regions.keys()].filter((name) => !spec.ses?.regions.includes(name));
  const used = former.flatMap((parent) => {
    const replicas = replicasOf(spec, state, parent);
    if (replicas.length === 0) return [];
    return [{ parent, sentence: `${replicas.join(', ')} ${replicas.length > 1 ? 'sign' : 'signs'} with` }];
  });
  const checks = used.map(({ parent, sentence }) =>
    check('ses.dkim-parent', {
      system: 'ses',
      region: parent,
      name: spec.domain,
      status: 'failed',
      expected: 'DKIM keys from a region of the profile',
      seen: [{ by: 'SES', value: `${sentence} the keys of ${parent}` }],
    }),
  );
  if (!spec.consents.prune || spec.consents.migrateDkim) return { checks, conflicts: [] };
  const conflicts = used.map(({ parent, sentence }) => ({
    code: 'ses.dkim-parent',
    system: 'ses',
    name: spec.domain,
    message: `SES ${parent}: ${sentence} its DKIM keys, so its identity can't be removed.`,
    fix: 'Move the keys first: `mailwright up --migrate-dkim` with the new regions, then --prune.',
  }));
  return { checks, conflicts };
}

/** DKIM records of ours that no region wants any more stay for a week after the switch. */
function formerKeys(spec: DomainSpec, state: SesState, owned: Owned, records: readonly DesiredRecord[]): Findings {
  const wanted = new Set(records.map((record) => record.id));
  const entries = [...owned.entries()].flatMap(([id]) => {
    const [, name = '', type] = /^dns (\S+) (CNAME|TXT)$/.exec(id) ?? [];
    return type && name.endsWith(`._domainkey.${spec.domain}`) && !wanted.has(id) ? [{ id, name }] : [];
  });
  const names = entries.map(({ name }) => name);
  const switches = [...state.regions.keys()].flatMap((region) => {
    const at = Date.parse(identityOf(state, region)?.tags[SWITCHED] ?? '');
    return Number.isNaN(at) ? [] : [at];
  });
  const until = Math.max(0, ...switches) + FORMER_KEY_MS;
  if (names.length === 0 || state.at >= until) return {};
  const date = new Date(until).toISOString().replace(/\.\d+Z$/, 'Z');
  const why = `former DKIM key, kept until ${date}: mail under way is still checked with it`;
  return {
    // Asked for as long as they are held: one line tells of them, with the day on which they may go.
    wanted: entries.map(({ id }) => id),
    // Nothing that a run could take away ends this: time does.
    holds: names.map((name) => ({ name, by: [], why })),
    checks: [
      check('ses.dkim-former', {
        system: 'ses',
        name: spec.domain,
        status: 'ok',
        expected: `kept until ${date}`,
        seen: names.map((name) => ({ by: 'ledger', value: `kept until ${date}: ${name}` })),
        next: `from ${date} on, \`mailwright up --prune\` removes them`,
      }),
    ],
  };
}
