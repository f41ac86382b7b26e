import { invalidRecord, refuse } from './refusal.ts';
import type { CloudZone, Draft, StoredRecord } from './state.ts';
import { readText } from './txt.ts';

const HOSTS = new Set(['A', 'AAAA', 'CNAME']);
// Limit of all TXT contents of one name together.
const LARGEST_TEXTS = 8192;

/** What Cloudflare answers to a record that is there already: 81058, or 81057 as it did for all types until 2023. */
export type IdenticalCode = 81057 | 81058;

/** Refuses a record that can't stand beside the others of its zone (`others` leaves out the one it replaces). */
export function refuseConflict(
  zone: CloudZone,
  others: Iterable<StoredRecord>,
  draft: Draft,
  identicalCode: IdenticalCode,
): void {
  const isApex = draft.name === zone.name;
  const beside = [...others].filter(({ name }) => name === draft.name);
  // The code of this refusal is not documented anywhere; that foreign MX records are refused is.
  if (zone.emailRouting && isApex && draft.type === 'MX')
    throw invalidRecord(9306, 'MX records of this zone are managed by Email Routing.');
  if (draft.type === 'CNAME') {
    if (beside.some(({ type }) => HOSTS.has(type))) throw hostExists();
    // At the zone's own name a CNAME is flattened, which leaves room for other types.
    if (!isApex && beside.length > 0) throw hostExists();
  } else if (beside.some(({ type }) => type === 'CNAME') && (!isApex || HOSTS.has(draft.type)))
    throw refuse(400, 81_054, 'A CNAME record with that host already exists.');
  if (!isApex && beside.some(({ type }) => (type === 'NS') !== (draft.type === 'NS') && !isSecurity(type, draft.type)))
    throw refuse(400, 81_056, 'NS records with that host already exist.');
  if (beside.some((other) => isIdentical(other, draft)))
    throw identicalCode === 81_057
      ? refuse(400, 81_057, 'The record already exists.')
      : refuse(400, 81_058, 'An identical record already exists.');
  if (draft.type === 'TXT') refuseTooMuchText(beside, draft);
}

function hostExists() {
  return refuse(400, 81_053, 'An A, AAAA, or CNAME record with that host already exists.');
}

/** DS stands beside the NS records of a delegation. */
function isSecurity(one: string, other: string): boolean {
  return one === 'DS' || other === 'DS';
}

function isIdentical(other: StoredRecord, draft: Draft): boolean {
  if (other.type !== draft.type || other.priority !== draft.priority) return false;
  if (draft.type === 'TXT') return textOf(other).equals(textOf(draft));
  return other.content.toLowerCase() === draft.content.toLowerCase();
}

function textOf({ content }: Draft): Buffer {
  return Buffer.concat(readText(content));
}

function refuseTooMuchText(beside: readonly StoredRecord[], draft: Draft): void {
  const texts = beside.filter(({ type }) => type === 'TXT');
  const size = [...texts, draft].reduce((sum, { content }) => sum + content.length, 0);
  if (size > LARGEST_TEXTS) throw invalidRecord(9210, `TXT records of one name exceed ${LARGEST_TEXTS} characters.`);
}
