import type { DomainSpec } from '../../core/domain-spec.ts';
import { dkimName, publishedKey } from '../../core/records/dkim.ts';
import type { Resolver } from '../../core/resolver.ts';
import type { OwnKey } from './state.ts';

/** What SES needs of the files that hold DKIM keys. The private half leaves them only for the call that gives it to SES. */
export interface KeyFiles {
  readPublicKey(path: string): Promise<string | undefined>;
  readSigningKey(path: string): Promise<string>;
  makeKeyFile(path: string): Promise<'made' | 'kept'>;
}

/**
 * The key of one's own that the profile names, and whether DNS publishes it. SES never shows which key it signs with, only its selector:
 * what stands at the selector tells it. Throws a Problem for a file that can't be used, where it is to be.
 */
export async function readOwnKey(spec: DomainSpec, files: KeyFiles, resolver: Resolver): Promise<OwnKey | undefined> {
  if (!spec.dkim) return undefined;
  const { selector, keyFile } = spec.dkim;
  const [publicKey, answer] = await Promise.all([
    files.readPublicKey(keyFile).catch((error: unknown) => {
      // A key that another method has replaced is only good to go back to.
      if (spec.ses?.dkim === 'byodkim') throw error;
      return undefined;
    }),
    resolver.authoritative({ name: dkimName(selector, spec.domain), type: 'TXT' }),
  ]);
  const key = { selector, keyFile, ...(publicKey === undefined ? {} : { publicKey }) };
  // Of two keys at one selector SES may sign with either, and what receivers make of them is undefined (RFC 6376 3.6.2.2).
  const others = answer.values.some((value) => {
    const published = publishedKey(value);
    return published && published !== publicKey && !isCutOff(published, publicKey);
  });
  if (others) return { ...key, published: 'other' };
  const record = answer.values.find((value) => publicKey !== undefined && publishedKey(value) === publicKey);
  if (record !== undefined) return { ...key, published: 'this', record };
  return { ...key, published: answer.status === 'unknown' ? 'unknown' : 'nothing' };
}

/** Whether a key is ours as a DNS host cut it off that takes no long values: it verifies nothing, and nobody else's begins so. */
function isCutOff(published: string, publicKey: string | undefined): boolean {
  return published.length >= 60 && publicKey?.startsWith(published) === true;
}
