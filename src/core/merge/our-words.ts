import type { DnsRecord } from '../dns.ts';
import type { Json } from '../problem.ts';
import { isSpf, sendersIn } from '../records/spf.ts';
import type { Made } from '../resource.ts';

/** What is ours in a record that others may change: SPF terms ('include:amazonses.com'), report addresses. */
export interface Words {
  readonly terms?: readonly string[];
  readonly rua?: readonly string[];
}

/** The words that a step brought into a record; undefined where it was about the record as such. */
export function wordsOf(made: Made): Words | undefined {
  const owned = made.owns?.[made.id] as Words | null | undefined;
  if (owned?.rua) return { rua: owned.rua };
  const added = addedWords(made)?.terms ?? [];
  return added.length > 0 ? { terms: added } : undefined;
}

/** The SPF terms that a step added: all of a record that it made, and no term that stood there before. */
export function addedWords(made: Made): Words | undefined {
  const after = made.after as unknown as DnsRecord | undefined;
  const before = made.before as unknown as DnsRecord | undefined;
  const owned = (made.owns?.[made.id] as Words | null | undefined)?.terms;
  const written = owned ?? (after && isSpf(after.value) ? sendersOf(after.value) : undefined);
  if (!written) return undefined;
  const stood = before && isSpf(before.value) ? sendersOf(before.value) : [];
  return { terms: written.filter((term) => !stood.includes(term)) };
}

function sendersOf(txt: string): readonly string[] {
  try {
    return sendersIn(txt);
  } catch {
    return [];
  }
}

/** A ledger entry as something made: what stands in it is ours, whatever was there before. */
export function madeOf(id: string, entry: Json): Made {
  const data = entry as { name?: string; type?: string; value?: string; terms?: unknown; rua?: unknown };
  const words = data.terms !== undefined || data.rua !== undefined;
  const system = systemOf(id);
  return {
    id,
    system,
    verb: words ? 'update' : 'create',
    what: system === 'dns' ? `${data.name} ${data.type}` : id,
    after: words ? { ...(entry as object), value: '' } : entry,
    ...(words ? { owns: { [id]: entry } } : {}),
    undo: 'inverse',
  };
}

/** The system of a ledger entry: SES and DNS are one each over all their places, a mail host is one by itself ('postfix mx.example.org'). */
function systemOf(id: string): string {
  const [first = id] = id.split(' ');
  return ['ses', 'dns', 'ledger', 'account'].includes(first) ? first : (id.split('/')[0] ?? id);
}
