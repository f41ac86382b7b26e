import { isIP } from 'node:net';
import { parseResource, SERVED_TYPES } from '../dns/resource.ts';
import { Refusal, unable } from './refusal.ts';
import type { Draft } from './state.ts';
import type { Switches } from './switches.ts';

/** Types that the API takes. */
export const TYPES: readonly string[] = [
  'A',
  'AAAA',
  'ALIAS',
  'CAA',
  'CNAME',
  'HTTPS',
  'MX',
  'NS',
  'SRV',
  'SSHFP',
  'SVCB',
  'TLSA',
  'TXT',
];
const SERVED: readonly string[] = SERVED_TYPES;
const HOST = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/i;
const LONGEST_TTL = 2_147_483_647;

/** What reading a record's input depends on. */
export interface Rules extends Pick<Switches, 'minTtl' | 'shortTtl'> {
  readonly domain: string;
  readonly verb: 'create' | 'edit';
}

/** Reads a record as create and edit take it; `old` is what an edit changes. @throws Refusal for what Porkbun refuses */
export function readDraft(input: Readonly<Record<string, unknown>>, rules: Rules, old?: Draft): Draft {
  const { domain, verb } = rules;
  const type = typeof input.type === 'string' ? input.type.toUpperCase() : '';
  if (!TYPES.includes(type)) throw new Refusal(400, 'INVALID_TYPE', 'Invalid type.');
  const name = readName(input.name, rules);
  const content = readContent(type, input.content, verb);
  const prio = readPrio(type, input.prio, old !== undefined, verb);
  const draft = { name, type, content, ttl: readTtl(input.ttl, rules), prio, notes: readNotes(input.notes, old, verb) };
  if ((type === 'CNAME' || type === 'ALIAS') && content.toLowerCase() === name)
    throw unable(verb, `${type} points at itself`);
  if (type === 'CNAME' && name === domain) throw unable(verb, 'no CNAME at the domain itself: use ALIAS');
  refuseUnservable(draft, verb);
  return draft;
}

/** The text that the DNS world parses: with the priority, where a type has one. */
export function recordText({ type, content, prio }: Draft): string {
  return type === 'MX' || type === 'SRV' ? `${prio ?? 0} ${content}` : content;
}

/** The full name of a bare one. A full name is taken for a bare one too, and so ends with the domain twice. */
function readName(name: unknown, { domain, verb }: Rules): string {
  if (name === undefined || name === null || name === '') return domain;
  if (typeof name !== 'string') throw unable(verb, 'name is no text');
  const bare = name.toLowerCase();
  const full = `${bare}.${domain}`;
  const sound = bare === '*' || HOST.test(bare.startsWith('*.') ? bare.slice(2) : bare);
  if (!sound || full.length > 253) throw unable(verb, 'name is no host name below the domain');
  return full;
}

function readContent(type: string, content: unknown, verb: Rules['verb']): string {
  if (typeof content !== 'string' || content.trim() === '') throw unable(verb, 'content is missing or empty');
  if (type === 'TXT') {
    if (/\s$/.test(content)) throw unable(verb, 'content ends with a space');
    return content;
  }
  const trimmed = content.trim();
  switch (type) {
    case 'CNAME':
    case 'ALIAS':
    case 'NS':
    case 'MX':
      return readHost(trimmed, verb);
    case 'SRV': {
      const [weight = '', port = '', target = ''] = trimmed.split(/\s+/);
      return `${weight} ${port} ${readHost(target, verb)}`;
    }
    default:
      return trimmed;
  }
}

function readHost(text: string, verb: Rules['verb']): string {
  const host = text.replace(/\.$/, '');
  if (!HOST.test(host) || host.length > 253 || isIP(host) !== 0) throw unable(verb, `${text} is no host name`);
  return host;
}

function readTtl(ttl: unknown, { verb, minTtl, shortTtl }: Rules): number {
  if (ttl === undefined || ttl === null || ttl === '' || ttl === 0 || ttl === '0') return minTtl;
  const seconds = readNumber(ttl);
  if (seconds === undefined || seconds > LONGEST_TTL) throw unable(verb, 'ttl is no number of seconds');
  if (seconds < minTtl && shortTtl === 'rejected') throw unable(verb, `ttl is below ${minTtl}`);
  return Math.max(seconds, minTtl);
}

/** An edit leaves a priority of 0 at types that have none; a create leaves it empty. */
function readPrio(type: string, prio: unknown, isEdit: boolean, verb: Rules['verb']): number | null {
  const hasPrio = type === 'MX' || type === 'SRV';
  if (prio === undefined || prio === null || prio === '') return hasPrio || isEdit ? 0 : null;
  const number = readNumber(prio);
  if (number === undefined || number > 65_535) throw unable(verb, 'prio is no number up to 65535');
  return hasPrio || isEdit ? number : null;
}

function readNotes(notes: unknown, old: Draft | undefined, verb: Rules['verb']): string | null {
  if (notes === undefined || notes === null) return old?.notes ?? null;
  if (typeof notes !== 'string') throw unable(verb, 'notes is no text');
  return notes;
}

function readNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isInteger(value) && value >= 0 ? value : undefined;
  return typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : undefined;
}

function refuseUnservable(draft: Draft, verb: Rules['verb']): void {
  if (!SERVED.includes(draft.type)) return;
  try {
    parseResource(draft.name, draft.type, draft.ttl, recordText(draft));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw unable(verb, error.message);
  }
}
