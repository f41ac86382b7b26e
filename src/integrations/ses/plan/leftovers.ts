import { type Check, check } from '../../../core/checks/check.ts';
import type { DomainSpec } from '../../../core/domain-spec.ts';
import type { Conflict, DesiredRecord, Findings, Hold, Owned } from '../../../core/resource.ts';
import type { SesState } from '../state.ts';
import { SWITCHED } from '../tags.ts';
import { identityOf, replicasOf } from './parent.ts';

/** How long the records of a former DKIM key stay after a switch: mail under way is still checked with it. */
const FORMER_KEY_MS = 7 * 24 * 3600 * 1000;

/** What is still there and no longer asked for: regions that the profile left, DKIM keys from outside of it, former keys. */
export function planLeftovers(
  spec: DomainSpec,
  state: SesState,
  owned: Owned,
  records: readonly DesiredRecord[],
): Findings {
  const former = formerKeys(spec, state, owned, records);
  const parent = parentOutside(spec, state);
  return {
    ...former,
    holds: [...inUse(spec, state), ...(former.holds ?? [])],
    wanted: stillAsked(spec, owned),
    checks: [...(former.checks ?? []), ...parent.checks, ...formerRegions(spec, owned)],
    conflicts: parent.conflicts,
  };
}

/** The names that live identities use: their records stay as long as they do. */
function inUse(spec: DomainSpec, state: SesState): Hold[] {
  return [...state.regions.keys()].flatMap((region) => {
    const identity = identityOf(state, region);
    if (!identity) return [];
    const keys = identity.dkim.tokens.map((token) => `${token}._domainkey.${spec.domain}`);
    const id = `ses ${region}`;
    return [
      ...keys.map((name) => ({ name, by: [`${id}/identity`], why: `SES ${region} signs with it` })),
      ...(identity.mailFrom
        ? [
            {
              name: identity.mailFrom.name,
              by: [`${id}/mail-from`, `${id}/identity`],
              why: `it is the MAIL FROM of SES ${region}`,
            },
          ]
        : []),
    ];
  });
}

/** Ledger entries of regions that are still asked for, but for what went to a tenant that is not. */
function stillAsked(spec: DomainSpec, owned: Owned): string[] {
  return [...owned.entries()].flatMap(([id, entry]) => {
    const region = /^ses ([a-z0-9-]+)\//.exec(id)?.[1];
    const { tenant } = entry as { tenant?: string };
    const former = tenant !== undefined && tenant !== spec.ses?.tenant;
    return region !== undefined && spec.ses?.regions.includes(region) && !former ? [id] : [];
  });
}

/** The regions of ledger entries ('ses us-west-2/identity'), with what each still holds. */
function formerRegions(spec: DomainSpec, owned: Owned): Check[] {
  const left = [...owned.entries()].flatMap(([id]) => {
    const match = /^ses ([a-z0-9-]+)\/(.+)$/.exec(id);
    const [, region = '', what = ''] = match ?? [];
    return match && !spec.ses?.regions.includes(region) ? [{ region, what }] : [];
  });
  return [...Map.groupBy(left, ({ region }) => region)].map(([region, entries]) =>
    check('ownership.stale', {
      system: 'ses',
      region,
      name: spec.domain,
      status: 'failed',
      expected: 'nothing of ours in a region that is not asked for',
      seen: [{ by: 'ledger', value: entries.map(({ what }) => what.replaceAll('/', ' ')).join(', ') }],
    }),
  );
}

/** Keys that come from a region which the profile no longer names: its identity must stay as long as others follow it. */
function parentOutside(spec: DomainSpec, state: SesState): { checks: Check[]; conflicts: Conflict[] } {
  const former = [...state.regions.keys()].filter((name) => !spec.ses?.regions.includes(name));
  const parents = former.map((parent) => ({
    parent,
    replicas: replicasOf(spec, state, parent),
  }));
  const used = parents.filter(({ replicas }) => replicas.length > 0);
  const checks = used.map(({ parent, replicas }) =>
    check('ses.dkim-parent', {
      system: 'ses',
      region: parent,
      name: spec.domain,
      status: 'failed',
      expected: 'DKIM keys from a region of the profile',
      seen: [
        { by: 'SES', value: `${replicas.join(', ')} sign${replicas.length > 1 ? '' : 's'} with the keys of ${parent}` },
      ],
    }),
  );
  if (!spec.consents.prune || spec.consents.migrateDkim) return { checks, conflicts: [] };
  const conflicts = used.map(({ parent, replicas }) => ({
    code: 'ses.dkim-parent',
    system: 'ses',
    name: spec.domain,
    message: `SES ${parent}: ${replicas.join(', ')} sign${replicas.length > 1 ? '' : 's'} with its DKIM keys, so its identity can't be removed.`,
    fix: 'Move the keys first: `mailwright up --migrate-dkim` with the new regions (ses.dkim: byodkim does it without a gap in signing), then --prune.',
  }));
  return { checks, conflicts };
}

/** DKIM records of ours that no region wants any more stay for a week after the switch. */
function formerKeys(spec: DomainSpec, state: SesState, owned: Owned, records: readonly DesiredRecord[]): Findings {
  const wanted = new Set(records.map((record) => record.id));
  const names = [...owned.entries()].flatMap(([id]) => {
    const [, name = '', type] = /^dns (\S+) (CNAME|TXT)$/.exec(id) ?? [];
    return type && name.endsWith(`._domainkey.${spec.domain}`) && !wanted.has(id) ? [name] : [];
  });
  const switches = [...state.regions.keys()].flatMap((region) => {
    const at = Date.parse(identityOf(state, region)?.tags[SWITCHED] ?? '');
    return Number.isNaN(at) ? [] : [at];
  });
  const until = Math.max(0, ...switches) + FORMER_KEY_MS;
  if (names.length === 0 || state.at >= until) return {};
  const date = new Date(until).toISOString().replace(/\.\d+Z$/, 'Z');
  const why = `former DKIM key, kept until ${date}: mail under way is still checked with it`;
  return {
    holds: names.map((name) => ({ name, by: [], why })),
    checks: [
      check('ses.dkim-former', {
        system: 'ses',
        name: spec.domain,
        status: 'ok',
        expected: `kept until ${date}`,
        seen: names.map((name) => ({ by: 'ledger', value: name })),
        next: `from ${date} on, \`mailwright up --prune\` removes them`,
      }),
    ],
  };
}
