import { spfFaults } from '../checks/audit/check-spf.ts';
import type { See } from '../checks/audit/see.ts';
import { costs, everyNode, spfTree } from '../checks/audit/spf-tree.ts';
import type { Check } from '../checks/check.ts';
import { lintDmarc } from '../checks/lint/lint-dmarc.ts';
import type { LiveRecord } from '../dns.ts';
import { isDmarc } from '../records/dmarc.ts';
import { isSpf, SPF_LOOKUP_LIMIT } from '../records/spf.ts';
import { fromBytes, showText } from '../records/txt.ts';
import type { Change, Conflict, DesiredRecord } from '../resource.ts';
import { type Merged, type MergeInput, merged } from './merge-change.ts';

/**
 * A change of an SPF or DMARC record after its result was read again and judged by the same checks as anybody's: a fault that none of the
 * records before it had, and more than ten look-ups, make it a conflict; a new warning is said in what the change does. Pure.
 */
export function judged(
  want: DesiredRecord,
  change: Change,
  before: readonly LiveRecord[],
  { spfTree: tree }: Pick<MergeInput, 'spfTree'>,
): Merged {
  const value = (change.after as { value?: string } | undefined)?.value;
  if (value === undefined || before.some((record) => record.value === value)) return merged({ changes: [change] });
  const { name } = want.record;
  const kind = isSpf(value) ? isSpf : isDmarc;
  const look = (text: string) => (isSpf(text) ? faultsOf(text, name, tree) : lintDmarc(text));
  const old = before.filter((record) => kind(record.value)).map((record) => fromBytes(record.value));
  const known = new Set(old.flatMap(look).map(({ id, severity }) => `${id} ${severity}`));
  const all = look(fromBytes(value));
  const cost = isSpf(value) ? costOf(want, fromBytes(value), tree, old.length > 0) : undefined;
  if (cost) return merged({ conflicts: [cost] });
  const fresh = all.filter((one) => one.status === 'failed' && !known.has(`${one.id} ${one.severity}`));
  const bad = fresh.find(({ severity }) => severity === 'blocker' || severity === 'error');
  if (bad) return merged({ conflicts: [spoilt(want, value, bad)] });
  const said = fresh
    .filter(({ id, severity }) => severity === 'warning' || id === 'spf.length')
    .map(({ id, seen }) => `worth a look (${id}): ${seen[0]?.value}`);
  return merged({ changes: [said.length === 0 ? change : { ...change, effect: [change.effect, ...said].join('; ') }] });
}

function faultsOf(text: string, name: string, tree: MergeInput['spfTree']): Check[] {
  return spfFaults(text, spfTree(name, seen(text, name, tree)));
}

/** DNS as it would be with this record at the name, as far as the tree is known. */
function seen(text: string, name: string, tree: MergeInput['spfTree']): See {
  return (asked, type) => {
    const record = type !== 'TXT' ? undefined : asked === name ? text : tree.get(asked);
    return record === undefined
      ? { status: 'unknown', values: [], servers: [] }
      : { status: 'present', values: [record], servers: [] };
  };
}

/** Why its look-ups are too many, or can't be counted. Of a new record, the include of SES is known to cost one. */
function costOf(
  { system, record: { name } }: DesiredRecord,
  text: string,
  tree: MergeInput['spfTree'],
  isMerged: boolean,
): Conflict | undefined {
  const root = spfTree(name, seen(text, name, tree));
  if (root.lookups > SPF_LOOKUP_LIMIT)
    return {
      code: 'spf.lookups',
      system,
      name,
      message: `${name}: the SPF record "${showText(text)}" would cost ${root.lookups} DNS look-ups (${costs(root)}), receivers stop at ${SPF_LOOKUP_LIMIT} and treat it as an error.`,
      fix: 'Remove an include that no longer sends; else an a or mx that no longer sends, or name its addresses; else give a sender a MAIL FROM name of its own (SES has one, so spf.root: keep serves it). Addresses in place of an include, or a service that keeps the record, come last.',
    };
  const silent = [...everyNode(root)].flatMap(({ state, domain }) => (state === 'unknown' ? domain : []));
  const unasked = [...new Set(silent)].filter((domain) => isMerged || domain !== 'amazonses.com');
  if (unasked.length === 0) return undefined;
  return {
    code: 'spf.unknown',
    system,
    name,
    message: `${name}: the look-ups of the SPF record can't be counted: ${unasked.join(', ')} can't be asked, or publishes no SPF record.`,
    fix: 'Run again when DNS answers, or remove the include if its owner is gone; spf.root: keep leaves the record alone.',
  };
}

function spoilt({ system, record: { name } }: DesiredRecord, value: string, { id, seen, fix }: Check): Conflict {
  return {
    code: id,
    system,
    name,
    message: `${name}: "${showText(value)}" is not written, because it would have a fault that nothing published there has: ${seen[0]?.value}.`,
    fix: fix ?? 'Correct the record by hand, then run again.',
  };
}
