import { showValue } from './dns.ts';
import type { Change } from './resource.ts';

/** What undoing a change does, in a few words; always only as far as nobody changed it since. */
export function describeUndo(change: Change): string {
  if (change.undo === 'keep') return 'kept';
  if (change.verb === 'create') return change.system === 'ledger' ? 'no longer counted as ours' : 'removed again';
  if (change.system !== 'dns') return change.verb === 'delete' ? 'made again' : 'set back to what it was';
  const before = change.before as { type?: string; value?: string; preference?: number } | undefined;
  const value = before?.value === undefined ? '' : ` ${showValue(before as { type: string; value: string })}`;
  return change.verb === 'delete' ? `written again:${value}` : change.marks ? 'the mark goes' : `back to${value}`;
}
