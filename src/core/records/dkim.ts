import { fromBytes, toBytes } from './txt.ts';

/** The selector of a key of one's own where the profile names none. */
export const DEFAULT_SELECTOR = 'mailwright';

/** The public half of a DKIM key, with the file that holds the other half. Never the key itself. */
export interface DkimKey {
  readonly selector: string;
  /** Absolute path of the private key: the only place that it is kept in. */
  readonly keyFile: string;
  /** Base64 of the public key as SubjectPublicKeyInfo: what a record's p= holds. Absent: the file is not there yet. */
  readonly publicKey?: string;
}

/** The name that a selector's key record stands at (RFC 6376 3.6.2.1). */
export function dkimName(selector: string, domain: string): string {
  return `${selector}._domainkey.${domain}`;
}

/** The TXT data (a byte string) that publishes an RSA key (RFC 6376 3.6.1). */
export function buildDkim(publicKey: string): string {
  return toBytes(`v=DKIM1; k=rsa; p=${publicKey}`);
}

/** The key that a TXT record publishes: its p= without white space, empty for a revoked key; undefined where it is no key record. */
export function publishedKey(bytes: string): string | undefined {
  const text = fromBytes(bytes);
  const tags = new Map(
    text.split(';').map((tag) => {
      const at = tag.indexOf('=');
      return [tag.slice(0, at).trim(), tag.slice(at + 1).replace(/\s+/g, '')] as const;
    }),
  );
  const version = tags.get('v');
  return version === undefined || version === 'DKIM1' ? tags.get('p') : undefined;
}
