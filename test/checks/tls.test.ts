import { describe, expect, it } from 'vitest';
import type { Check } from '../../src/core/checks/check.ts';
import type { Security } from '../../src/core/resolver.ts';
import type { SecuredSmtp, ShownCertificate, SmtpTls } from '../../src/core/smtp-tls.ts';
import { audit } from '../../src/domains/audit/audit.ts';
import { parseZone, zoneResolver } from '../zone-data.ts';

const KEY = 'a1'.repeat(32);
const NEXT = 'b2'.repeat(32);
const ISSUER = 'c3'.repeat(32);
const OTHER = 'd4'.repeat(32);

const ISSUED: ShownCertificate = {
  subject: 'CN=mx1.good.test',
  issuer: 'CN=R1',
  names: ['mx1.good.test'],
  notAfter: '2027-01-31T00:00:00.000Z',
  daysLeft: 60,
  lifetimeDays: 90,
  associations: [`0 1 ${OTHER}`, `1 1 ${KEY}`],
};
const R1: ShownCertificate = {
  ...ISSUED,
  subject: 'CN=R1',
  issuer: 'CN=Root',
  names: [],
  associations: [`1 1 ${ISSUER}`],
};
const GOOD: SecuredSmtp = {
  address: '8.8.4.4',
  version: 'TLSv1.3',
  cipher: 'TLS_AES_256_GCM_SHA384',
  chain: [ISSUED, R1],
};
const own = (more: Partial<ShownCertificate>, rest: Partial<SecuredSmtp> = {}): SecuredSmtp => ({
  ...GOOD,
  chain: [{ ...ISSUED, ...more }, R1],
  ...rest,
});
const selfSigned = own({ issuer: 'CN=mx1.good.test' }, { distrust: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
const expired = own({ daysLeft: -3, notAfter: '2026-11-23T00:00:00.000Z' }, { distrust: 'CERT_HAS_EXPIRED' });

interface World {
  readonly tls?: SmtpTls;
  readonly tlsa?: readonly string[];
  readonly security?: Security;
  readonly policy?: 'enforce' | 'testing' | 'none';
  readonly lines?: readonly string[];
}

/** All that a look at one domain with one MX host says of TLS. */
async function look({ tls = GOOD, tlsa = [], security = 'secure', policy, lines = [] }: World): Promise<Check[]> {
  const zone = [
    ...['@ MX 10 mx1.good.test', 'mx1 A 8.8.4.4', 'mta-sts A 8.8.4.4'],
    ...tlsa.map((value) => `_25._tcp.mx1 TLSA ${value}`),
    ...(policy ? ['_mta-sts TXT v=STSv1; id=1'] : []),
    ...lines,
  ];
  const { checks } = await audit(
    { domain: 'good.test', selectors: [], mailFrom: [] },
    {
      resolver: { ...zoneResolver(parseZone('good.test', zone.join('\n'))), security: async () => security },
      fetch: async () => ({
        status: 200,
        contentType: 'text/plain',
        text: `version: STSv1\nmode: ${policy}\nmx: mx1.good.test\nmax_age: 1209600\n`,
      }),
      tls: async () => tls,
    },
  );
  return checks.filter(({ id }) => /^(tls|dane|dnssec\.bogus)/.test(id));
}

/** What is not well of it: 'id severity', with the status where it has not failed. */
async function faults(world: World): Promise<string[]> {
  const bad = (await look(world)).filter(({ status, id }) => status !== 'ok' && !id.startsWith('tls-rpt'));
  return bad.map(({ id, severity, status }) => `${id} ${severity}${status === 'failed' ? '' : ` ${status}`}`);
}

const PAIR = [`3 1 1 ${KEY}`, `3 1 1 ${NEXT}`];
const enforced: World = { policy: 'enforce' };
const dane: World = { tlsa: PAIR };
const plain: SmtpTls = { address: '8.8.4.4', plain: '250 mx1 PIPELINING SIZE' };
const failed: SmtpTls = { address: '8.8.4.4', failed: '454 TLS not available' };

describe('TLS of an MX host', () => {
  it('is not looked at unless that was asked for, and neither is DANE', async () => {
    const asked: string[] = [];
    const zone = zoneResolver(parseZone('good.test', '@ MX 10 mx1.good.test\nmx1 A 8.8.4.4'));
    const authoritative: typeof zone.authoritative = (question) => {
      asked.push(question.type);
      return zone.authoritative(question);
    };
    const { checks } = await audit(
      { domain: 'good.test', selectors: [], mailFrom: [] },
      { resolver: { ...zone, authoritative } },
    );
    expect(checks.filter(({ id }) => /^(tls|dane)\./.test(id))).toEqual([]);
    expect(asked).not.toContain('TLSA');
  });

  it.each<[string, World, string[]]>([
    ['all is well', {}, []],
    ['all is well, enforced', enforced, []],
    ['all is well, with DANE', dane, []],
    ['a name by a wildcard', { tls: own({ names: ['*.good.test'] }) }, []],
    ['TLS 1.2', { tls: { ...GOOD, version: 'TLSv1.2' } }, []],
    ['no STARTTLS', { tls: plain }, ['tls.starttls error']],
    ['no STARTTLS, enforced', { ...enforced, tls: plain }, ['tls.starttls blocker']],
    ['no STARTTLS, in testing', { policy: 'testing', tls: plain }, ['tls.starttls error']],
    ['no STARTTLS, with DANE', { ...dane, tls: plain }, ['tls.starttls blocker']],
    [
      'no STARTTLS, with records that nobody vouches for',
      { ...dane, security: 'insecure', tls: plain },
      ['dane.unsigned info', 'tls.starttls error'],
    ],
    ['no handshake', { tls: failed }, ['tls.handshake error']],
    ['no handshake, enforced', { ...enforced, tls: failed }, ['tls.handshake blocker']],
    ['TLS 1.1', { tls: { ...GOOD, version: 'TLSv1.1' } }, ['tls.version warning']],
    ['TLS 1.0', { tls: { ...GOOD, version: 'TLSv1' } }, ['tls.version warning']],
    ['self-signed', { tls: selfSigned }, ['tls.certificate warning']],
    ['self-signed, enforced', { ...enforced, tls: selfSigned }, ['tls.certificate blocker']],
    ['self-signed, in testing', { policy: 'testing', tls: selfSigned }, ['tls.certificate warning']],
    ['self-signed, vouched for by DANE', { ...dane, tls: selfSigned }, []],
    [
      'self-signed, vouched for by DANE, and enforced',
      { ...dane, ...enforced, tls: selfSigned },
      ['tls.certificate blocker'],
    ],
    ['another name', { tls: own({ names: ['mail.good.test', '*.mx1.good.test'] }) }, ['tls.certificate warning']],
    ['another name, enforced', { ...enforced, tls: own({ names: [] }) }, ['tls.certificate blocker']],
    ['expired', { tls: expired }, ['tls.expiry warning']],
    ['expired, enforced', { ...enforced, tls: expired }, ['tls.expiry blocker']],
    ['expired, vouched for by DANE', { ...dane, tls: expired }, []],
    ['an issuer that expired', { tls: { ...GOOD, distrust: 'CERT_HAS_EXPIRED' } }, ['tls.certificate warning']],
    ['expires soon', { ...enforced, tls: own({ daysLeft: 13 }) }, ['tls.expiry warning']],
    ['lives for six days', { tls: own({ lifetimeDays: 6, daysLeft: 2 }) }, []],
    [
      'lives for six days, of which five are over',
      { tls: own({ lifetimeDays: 6, daysLeft: 1 }) },
      ['tls.expiry warning'],
    ],
    ['expires in two weeks', { tls: own({ daysLeft: 14 }) }, []],
    [
      'nobody could look',
      { ...enforced, ...dane, tls: { silence: 'no answer in 5 s' } },
      ['tls.starttls info unknown'],
    ],
  ])('%s', async (_what, world, wanted) => expect((await faults(world)).toSorted()).toEqual(wanted.toSorted()));

  it('is said in words: where, what was seen, and the way out', async () => {
    const found = (
      await look({ ...enforced, tls: own({ names: ['mail.else.test'] }, { distrust: 'SELF_SIGNED_CERT_IN_CHAIN' }) })
    ).find(({ id }) => id === 'tls.certificate');
    expect(found).toMatchObject({
      name: 'mx1.good.test',
      system: 'smtp',
      seen: [
        {
          by: '8.8.4.4',
          value: 'it comes from an authority that nobody knows (issuer: CN=R1); it is for mail.else.test',
        },
      ],
      fix: expect.stringContaining('ACME'),
    });
  });

  it('is looked at for ten hosts of a domain, each once', async () => {
    const lines = Array.from({ length: 12 }, (_, n) => `@ MX ${n} m${n}.good.test`);
    const asked: string[] = [];
    const { checks } = await audit(
      { domain: 'good.test', selectors: [], mailFrom: [] },
      {
        resolver: zoneResolver(parseZone('good.test', [...lines, '@ MX 99 m1.good.test', '@ MX 5 8.8.8.8'].join('\n'))),
        tls: async (host) => {
          asked.push(host);
          return plain;
        },
      },
    );
    expect(asked.toSorted()).toEqual(Array.from({ length: 10 }, (_, n) => `m${n}.good.test`));
    expect(checks.filter(({ id, status }) => id === 'tls.starttls' && status === 'unknown')).toHaveLength(2);
  });
});

describe('DANE', () => {
  const FULL = `1 1 ${KEY}`;
  it.each<[string, World, string[]]>([
    ['none', {}, []],
    ['the key and the next', dane, []],
    ['the key and its issuer', { tlsa: [`3 1 1 ${KEY}`, `2 1 1 ${ISSUER}`] }, []],
    ['the certificate', { tlsa: [`3 0 1 ${OTHER}`, PAIR[1] ?? ''] }, []],
    ['one record', { tlsa: [`3 1 1 ${KEY}`] }, ['dane.rollover advice']],
    ['the next key alone', { tlsa: [`3 1 1 ${NEXT}`] }, ['dane.match blocker', 'dane.rollover advice']],
    ['two that are both wrong', { tlsa: [`3 1 1 ${NEXT}`, `3 1 1 ${ISSUER}`] }, ['dane.match blocker']],
    ['the issuer as the host', { tlsa: [`3 1 1 ${ISSUER}`, `3 1 1 ${NEXT}`] }, ['dane.match blocker']],
    ['the host as the issuer', { tlsa: [`2 ${FULL}`, `2 1 1 ${NEXT}`] }, ['dane.match blocker']],
    [
      'an issuer that is not sent along',
      { tlsa: [`2 1 1 ${ISSUER}`, PAIR[1] ?? ''], tls: { ...GOOD, chain: [ISSUED] } },
      ['dane.match blocker'],
    ],
    [
      'an issuer, for another name',
      { tlsa: [`2 1 1 ${ISSUER}`, PAIR[1] ?? ''], tls: own({ names: ['else.test'] }) },
      ['dane.match blocker', 'tls.certificate warning'],
    ],
    [
      'an issuer, too late',
      { tlsa: [`2 1 1 ${ISSUER}`, PAIR[1] ?? ''], tls: expired },
      ['dane.match blocker', 'tls.expiry warning'],
    ],
    ['for web sites', { tlsa: [`1 1 1 ${KEY}`] }, ['dane.record error']],
    ['for web sites, beside good ones', { tlsa: [...PAIR, `0 1 1 ${KEY}`] }, ['dane.record warning']],
    ['a digest that is too short', { tlsa: [...PAIR, `3 1 1 ${KEY.slice(2)}`] }, ['dane.record warning']],
    ['SHA-512 with the length of SHA-256', { tlsa: [`3 1 2 ${KEY}`] }, ['dane.record error']],
    [
      'numbers that nobody knows',
      { tlsa: [`4 1 1 ${KEY}`, `3 2 1 ${KEY}`, `3 1 3 ${KEY}`, '3 1 1'] },
      Array(4).fill('dane.record error'),
    ],
    [
      'nothing usable, and no TLS',
      { tlsa: [`1 1 1 ${KEY}`], tls: plain },
      ['dane.record error', 'tls.starttls blocker'],
    ],
    ['a zone that is not signed', { tlsa: [`3 1 1 ${NEXT}`], security: 'insecure' }, ['dane.unsigned info']],
    ['a zone that is signed wrongly', { ...dane, security: 'bogus' }, ['dnssec.bogus blocker', 'dnssec.bogus blocker']],
    ['a zone of which nobody knows', { ...dane, security: 'unknown' }, ['dane.unsigned info unknown']],
    [
      'a wrong key, and nobody knows whether it counts',
      { tlsa: [`3 1 1 ${NEXT}`, `3 1 1 ${ISSUER}`], security: 'unknown' },
      ['dane.match warning', 'dane.unsigned info unknown'],
    ],
  ])('%s', async (_what, world, wanted) => expect((await faults(world)).toSorted()).toEqual(wanted.toSorted()));

  it('is found behind an alias, where every zone on the way is signed', async () => {
    const lines = ['_25._tcp.mx1 CNAME tlsa.else.test', ...PAIR.map((value) => `tlsa.else.test. TLSA ${value}`)];
    const checks = await look({ lines });
    expect(checks.find(({ id }) => id === 'dane.match')?.status).toBe('ok');
    expect(await faults({ lines, security: 'insecure' })).toEqual(['dane.unsigned info']);
  });

  it('that could not be asked for is unknown, and never missing', async () => {
    const zone = zoneResolver(parseZone('good.test', '@ MX 10 mx1.good.test\nmx1 A 8.8.4.4'));
    const { checks } = await audit(
      { domain: 'good.test', selectors: [], mailFrom: [] },
      {
        resolver: {
          ...zone,
          authoritative: async (question) =>
            question.type === 'TLSA'
              ? {
                  status: 'unknown',
                  values: [],
                  servers: [{ by: 'ns1', status: 'unknown', values: [], reason: 'SERVFAIL' }],
                }
              : zone.authoritative(question),
        },
        tls: async () => GOOD,
      },
    );
    expect(checks.filter(({ id }) => id.startsWith('dane.')).map(({ id, status }) => [id, status])).toEqual([
      ['dane.record', 'unknown'],
    ]);
  });

  it('names the record that is to be published', async () => {
    const found = (await look({ tlsa: [`3 1 1 ${NEXT}`] })).find(({ id }) => id === 'dane.match');
    expect(found).toMatchObject({
      name: '_25._tcp.mx1.good.test',
      seen: [{ value: `3 1 1 ${NEXT.slice(0, 16)}…: the host has another certificate` }],
      fix: expect.stringContaining(`"3 1 1 ${KEY}"`),
    });
  });
});
