import { nearest } from '../../nearest.ts';
import { readPublicKey } from '../../records/public-key.ts';
import type { Check } from '../check.ts';
import { finding } from '../finding.ts';
import { readTags, twice } from './tag-list.ts';

const KNOWN = ['v', 'h', 'k', 'n', 'p', 's', 't', 'g'];
/** tag-name (RFC 6376 3.2). */
const NAME = /^[a-z][a-z0-9_]*$/i;
const LEAST_BITS = 1024;
const GOOD_BITS = 2048;
/** Longer keys no receiver needs to take (RFC 8301 3.2). */
const MOST_BITS = 4096;

/** What is wrong with a DKIM key record by itself; nothing is looked up (RFC 6376 3.6.1, RFC 8301, RFC 8463). Pure. */
export function lintDkim(text: string): Check[] {
  const { tags, faults } = readTags(text);
  const read = (name: string) => tags.find((tag) => tag.name === name)?.value;
  const found: Check[] = [
    ...faults.map((part) =>
      finding('dkim.syntax', part === '' ? 'two semicolons, and nothing between them' : `"${part}" is no tag`),
    ),
    ...twice(tags).map((name) => finding('dkim.syntax', `${name}= stands more than once`)),
    ...tags.flatMap(({ name }) => (NAME.test(name) ? [] : [finding('dkim.syntax', `"${name}" is no name of a tag`)])),
  ];
  const version = tags.findIndex(({ name }) => name === 'v');
  if (version >= 0 && tags[version]?.value !== 'DKIM1')
    found.push(finding('dkim.version', `v=${tags[version]?.value}`));
  else if (version > 0) found.push(finding('dkim.version', `v= stands behind ${tags[0]?.name}=`));
  for (const { name } of tags.filter((tag) => NAME.test(tag.name) && !KNOWN.includes(tag.name))) {
    const meant = nearest(
      name,
      KNOWN.filter((known) => known.length > 1),
    );
    const cased = KNOWN.includes(name.toLowerCase()) ? name.toLowerCase() : meant;
    found.push(finding('dkim.unknown-tag', `${name}=${cased === undefined ? '' : ` (is ${cased} meant?)`}`));
  }
  return [...found, ...useFaults(read), ...keyFaults(read)];
}

type Read = (name: string) => string | undefined;

/** What the key may be used for. */
function useFaults(read: Read): Check[] {
  const found: Check[] = [];
  const list = (name: string) =>
    read(name)
      ?.split(':')
      .map((one) => one.trim().toLowerCase());
  const hashes = list('h');
  if (hashes && !hashes.includes('sha256')) found.push(finding('dkim.hash', `h=${read('h')}`));
  const services = list('s');
  if (services && !services.includes('email') && !services.includes('*'))
    found.push(finding('dkim.service', `s=${read('s')}`));
  const flags = list('t') ?? [];
  if (flags.includes('y')) found.push(finding('dkim.test-mode', `t=${read('t')}`));
  if (flags.includes('s')) found.push(finding('dkim.strict-identity', `t=${read('t')}`));
  return found;
}

function keyFaults(read: Read): Check[] {
  const p = read('p');
  const type = (read('k') ?? 'rsa').toLowerCase();
  if (p === undefined) return [finding('dkim.key-broken', 'no p=', { fix: 'Add p= with the public key.' })];
  if (type !== 'rsa' && type !== 'ed25519') return [finding('dkim.key-type', `k=${read('k')}`)];
  if (p.replace(/\s/g, '') === '') return [finding('dkim.revoked', 'p= is empty')];
  const odd = /[^A-Za-z0-9+/=\s]/.exec(p)?.[0];
  if (odd !== undefined) return [finding('dkim.key-broken', `p= holds ${JSON.stringify(odd)}, which is no base64`)];
  const key = readPublicKey(p.replace(/\s/g, ''), type);
  if ('broken' in key) return [finding('dkim.key-broken', `p=: ${key.broken}`)];
  if (type === 'ed25519') return [finding('dkim.ed25519-alone', 'k=ed25519')];
  const bits = `${key.bits} bits`;
  if (key.bits < LEAST_BITS) return [finding('dkim.key-short', bits)];
  if (key.bits < GOOD_BITS) return [finding('dkim.key-weak', bits)];
  if (key.bits > MOST_BITS) return [finding('dkim.key-long', bits, { severity: 'warning' })];
  return key.bits > GOOD_BITS ? [finding('dkim.key-long', bits)] : [];
}
