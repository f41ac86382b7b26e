import type { Answer, Internet } from '../../world.ts';
import type { Identity } from '../state.ts';
import { publicKeyOf } from './dkim.ts';

/** What one attempt found: VerificationInfo's ErrorType where it failed, and the SOA that it met. */
export interface Found {
  readonly error?: 'HOST_NOT_FOUND' | 'TYPE_NOT_FOUND' | 'INVALID_VALUE' | 'DNS_SERVER_ERROR' | undefined;
  readonly soa?: Answer['soa'];
}

/** Asks a name as SES's resolver does, which remembers what it was told only where `remember`. */
export async function ask(internet: Internet, name: string, type: string, remember: boolean): Promise<Answer> {
  if (!remember) internet.forget(name);
  try {
    return await internet.lookup(name, type);
  } catch {
    return { rcode: 'SERVFAIL', records: [] };
  }
}

/** Host names are compared without case and without the root's dot. */
export function sameHost(a: string, b: string): boolean {
  const plain = (name: string) => name.toLowerCase().replace(/\.$/, '');
  return plain(a) === plain(b);
}

/**
 * Looks once for an identity's DKIM records. Easy DKIM: each token a CNAME, asked as CNAME, so that a record that a
 * provider flattens or proxies is TYPE_NOT_FOUND. BYODKIM: a TXT whose p= is the key's public half.
 */
export async function checkDkim(internet: Internet, identity: Identity, remember: boolean): Promise<Found> {
  const { dkim, name } = identity;
  const external = dkim.origin === 'EXTERNAL';
  const wanted = external ? publicKeyOf(await dkim.key) : '';
  const answers = await Promise.all(
    dkim.tokens.map(async (token) => {
      const host = `${token}._domainkey.${name}`;
      const answer = await ask(internet, host, external ? 'TXT' : 'CNAME', remember);
      const error = external ? judgeKey(answer, wanted) : judgeCname(answer, host, `${token}.${dkim.zone}`);
      return { error, soa: answer.soa };
    }),
  );
  const failed = answers.find(({ error }) => error);
  // The zone's own SOA is asked for without forgetting the domain, which is not SES's to refresh.
  const soa = (failed ?? answers[0])?.soa ?? (await ask(internet, name, 'SOA', true)).soa;
  return { error: failed?.error, soa };
}

function judgeCname(answer: Answer, host: string, target: string): Found['error'] {
  if (answer.rcode === 'NXDOMAIN') return 'HOST_NOT_FOUND';
  if (answer.rcode !== 'NOERROR') return 'DNS_SERVER_ERROR';
  const found = answer.records.filter((record) => record.type === 'CNAME' && sameHost(record.name, host));
  if (found.length === 0) return 'TYPE_NOT_FOUND';
  return found.length === 1 && found.every(({ value }) => sameHost(value, target)) ? undefined : 'INVALID_VALUE';
}

function judgeKey(answer: Answer, wanted: string): Found['error'] {
  if (answer.rcode === 'NXDOMAIN') return 'HOST_NOT_FOUND';
  if (answer.rcode !== 'NOERROR') return 'DNS_SERVER_ERROR';
  const found = answer.records.filter((record) => record.type === 'TXT');
  if (found.length === 0) return 'TYPE_NOT_FOUND';
  const keys = found.map(({ value }) => /(?:^|;)\s*p\s*=([^;]*)/.exec(value)?.[1]?.replaceAll(/\s/g, ''));
  // Several key records at one name are undefined (RFC 6376 section 3.6.2.2).
  return keys.length === 1 && keys[0] === wanted ? undefined : 'INVALID_VALUE';
}
