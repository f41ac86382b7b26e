import { describe, expect, it } from 'vitest';
import { buildDkim, dkimName, publishedKey } from './dkim.ts';

describe('a DKIM key record', () => {
  it('is read back as the key that it publishes', () => {
    expect(dkimName('mailwright', 'example.com')).toBe('mailwright._domainkey.example.com');
    expect(publishedKey(buildDkim('MIIBAAB='))).toBe('MIIBAAB=');
  });
  it.each([
    ['p=MIIB', 'MIIB'],
    ['k=rsa; p=MI IB ;', 'MIIB'],
    // Tags are told apart by case (RFC 6376 3.2): receivers find no key here.
    ['v=DKIM1; P=MIIB', undefined],
    ['v=DKIM1; p=', ''],
    ['v=DKIM2; p=MIIB', undefined],
    ['v=spf1 -all', undefined],
    ['hello', undefined],
  ])('%s', (text, key) => {
    expect(publishedKey(text)).toBe(key);
  });
});
