import { domainToASCII } from 'node:url';
import { readContent } from './content.ts';
import { invalidRecord, isObject } from './refusal.ts';
import type { CloudZone, Draft, Plan } from './state.ts';

const PROXIABLE = new Set(['A', 'AAAA', 'CNAME']);

/** Whether records of a type can be proxied. */
export function isProxiable(type: string): boolean {
  return PROXIABLE.has(type);
}

/** Reads a whole record as POST and PUT take it (fields left out get their defaults); refuses what Cloudflare refuses. */
export function readRecord(zone: CloudZone, input: unknown): Draft {
  if (!isObject(input)) throw invalidRecord(9000, 'A record must be an object.');
  const type = typeof input.type === 'string' ? input.type.toUpperCase() : undefined;
  if (!type) throw invalidRecord(9020, 'Invalid DNS record type.');
  const name = readName(zone.name, input.name);
  const proxied = readProxied(type, input.proxied);
  const content = readContent(type, name, input);
  return {
    name,
    type,
    ...content,
    // Proxied records are always automatic, whatever was sent.
    ttl: proxied ? 1 : readTtl(input.ttl, zone.plan),
    proxied,
    comment: readComment(input.comment, zone.plan),
    tags: readTags(input.tags, zone.plan),
    settings: readSettings(input.settings, type, zone.plan),
  };
}

/** The full name, in punycode and lower case, of what may be full, relative or '@'. */
function readName(zone: string, name: unknown): string {
  if (typeof name !== 'string' || name.trim() === '') throw invalidRecord(9000, 'DNS name is invalid.');
  const given = name.trim().replace(/\.$/, '').toLowerCase();
  const ascii = /^[\x20-\x7e]*$/.test(given) ? given : domainToASCII(given);
  const full = ascii === '@' || ascii === zone ? zone : ascii.endsWith(`.${zone}`) ? ascii : `${ascii}.${zone}`;
  const labels = full.split('.');
  const sound = labels.every(
    (label, index) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label) || (index === 0 && label === '*'),
  );
  if (!sound || full.length > 253) throw invalidRecord(9000, 'DNS name is invalid.');
  return full;
}

function readTtl(ttl: unknown, plan: Plan): number {
  if (ttl === undefined || ttl === null) return 1;
  const least = plan === 'enterprise' ? 30 : 60;
  if (typeof ttl !== 'number' || !Number.isInteger(ttl) || (ttl !== 1 && (ttl < least || ttl > 86_400)))
    throw invalidRecord(9021, `Invalid TTL. Must be between ${least} and 86400 seconds, or 1 for Automatic.`);
  return ttl;
}

function readProxied(type: string, proxied: unknown): boolean {
  if (proxied === undefined || proxied === null) return false;
  if (typeof proxied !== 'boolean') throw invalidRecord(9003, "Invalid 'proxied' value, must be a boolean.");
  if (proxied && !isProxiable(type)) throw invalidRecord(9004, 'This record type cannot be proxied.');
  return proxied;
}

function readComment(comment: unknown, plan: Plan): string | null {
  if (comment === undefined || comment === null || comment === '') return null;
  const longest = plan === 'free' ? 100 : 500;
  if (typeof comment !== 'string' || /[\r\n]/.test(comment))
    throw invalidRecord(9301, 'DNS record comment must be a text without line breaks.');
  if ([...comment].length > longest)
    throw invalidRecord(9302, `DNS record comment exceeds the maximum length of ${longest} characters.`);
  return comment;
}

function readTags(tags: unknown, plan: Plan): readonly string[] {
  if (tags === undefined || tags === null) return [];
  if (!Array.isArray(tags) || !tags.every((tag): tag is string => typeof tag === 'string'))
    throw invalidRecord(9303, 'DNS record tags must be a list of texts.');
  const quota = plan === 'free' ? 0 : 20;
  if (tags.length > quota)
    throw invalidRecord(9300, `DNS record has ${tags.length} tags, exceeding the quota of ${quota}.`);
  if (!tags.every((tag) => /^[a-z0-9_-]{1,32}(:.{0,100})?$/i.test(tag)))
    throw invalidRecord(9303, 'DNS record tags must have the form name:value.');
  return [...tags].sort();
}

function readSettings(settings: unknown, type: string, plan: Plan): Readonly<Record<string, unknown>> {
  if (settings === undefined || settings === null) return {};
  if (!isObject(settings)) throw invalidRecord(9304, 'DNS record settings must be an object.');
  if (settings.flatten_cname === true && (type !== 'CNAME' || plan === 'free'))
    throw invalidRecord(9305, 'flatten_cname needs a CNAME record and a paid plan.');
  return settings;
}
