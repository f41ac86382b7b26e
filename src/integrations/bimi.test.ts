import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Fetched } from '../core/fetched.ts';
import { readBrand } from './bimi.ts';

/** A real mark certificate with its chain, from the tests of the library that reads it. */
const PEM = readFileSync(
  new URL('../../node_modules/@postalsys/vmc/test/fixtures/paypal_vmc.pem', import.meta.url),
  'utf8',
);
const THEN = Date.parse('2024-11-05T00:00:00Z');
const SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" version="1.2" baseProfile="tiny-ps" viewBox="0 0 8 8"><title>x</title><rect width="8" height="8"/></svg>';
const page = (text: string, contentType = 'image/svg+xml'): Fetched => ({ status: 200, contentType, text });

const brand = (logo: Fetched, mark?: Fetched, domain = 'paypal.com', now = THEN) =>
  readBrand(
    { domain, logo: 'https://x.test/l.svg', ...(mark ? { mark: 'https://x.test/l.pem' } : {}) },
    async (url) => (url.endsWith('.svg') ? logo : (mark as Fetched)),
    now,
  );

describe('a logo', () => {
  it.each<[string, Fetched, object]>([
    ['that is right', page(SVG), { faults: [] }],
    ['of another type', page(SVG, 'text/plain'), { faults: ['it is text/plain, not image/svg+xml'] }],
    ['that moved', { status: 302, contentType: '', text: '' }, { faults: ['HTTP 302: a redirect is not followed'] }],
    [
      'with a script',
      page(SVG.replace('<rect', '<script>x</script><rect')),
      { faults: [expect.stringContaining('script')] },
    ],
    [
      'inside',
      { refused: 'x.test has a private address (10.0.0.1)' },
      { faults: [expect.stringContaining('private')] },
    ],
    ['that nobody could have', { silence: 'no answer in 12 s' }, { faults: [], silence: 'no answer in 12 s' }],
  ])('%s', async (_what, logo, wanted) => expect(await brand(logo)).toEqual({ logo: wanted }));
});

describe('a mark certificate', () => {
  it('counts for its domain, names its end, and must hold the logo of the record', async () => {
    const found = await brand(page(SVG), page(PEM, 'application/x-pem-file'));
    expect(found.mark?.faults).toEqual(['the logo in the certificate is another one than that of the record']);
    expect(found.mark?.daysLeft).toBeGreaterThan(0);
  });

  it('does not count for another domain, nor after its end', async () => {
    expect((await brand(page(SVG), page(PEM), 'example.com')).mark?.faults).toEqual([
      'the certificate does not name the domain',
    ]);
    const late = await brand(page(SVG), page(PEM), 'paypal.com', Date.parse('2040-01-01'));
    expect(late.mark?.faults).toEqual([expect.stringMatching(/expired|not valid|validity/i)]);
    expect(late.mark?.daysLeft).toBeLessThan(0);
  });

  it('counts for nothing where somebody else signed what it says', async () => {
    const [, whole = '', rest = ''] =
      /^([\s\S]*?-----END CERTIFICATE-----)([\s\S]*)$/.exec(PEM.replace(/^[\s\S]*?(?=-----BEGIN)/, '')) ?? [];
    const der = Buffer.from(whole.replace(/-----[^-]+-----/g, ''), 'base64');
    // Another serial number, say, and the same signature.
    const at = 20;
    der[at] = (der[at] ?? 0) ^ 1;
    const forged = `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----${rest}`;
    expect((await brand(page(SVG), page(forged))).mark).toEqual({
      faults: ['it is not signed by an authority that mail providers believe'],
    });
  });

  it('is no certificate, or is not there', async () => {
    for (const text of ['hello', '-----BEGIN CERTIFICATE-----\n'.repeat(35_000)])
      expect((await brand(page(SVG), page(text))).mark).toEqual({ faults: ['it is no certificate in PEM form'] });
    expect((await brand(page(SVG), { silence: 'no answer' })).mark).toEqual({ faults: [], silence: 'no answer' });
  });
});
