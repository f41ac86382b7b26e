import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Brand, Fetched, Registration } from '../../src/core/fetched.ts';
import { audit } from '../../src/domains/audit/audit.ts';
import { parseZone, zoneResolver } from '../zone-data.ts';

const KEY = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .publicKey.export({ type: 'spki', format: 'der' })
  .toString('base64');
/** A domain at which nothing is wrong. */
const GOOD = `
@ SOA ns1.host.example. hostmaster.host.example. 1 7200 3600 1209600 3600
@ NS ns1.host.example
@ NS ns2.host.example
@ MX 10 mx1.good.test
@ MX 20 mx2.good.test
@ TXT v=spf1 mx ~all
mx1 A 8.8.4.4
mx2 A 8.8.8.8
_dmarc TXT v=DMARC1; p=reject; rua=mailto:dmarc@good.test
bounce MX 10 feedback-smtp.us-east-1.amazonses.com
bounce TXT v=spf1 include:amazonses.com ~all
amazonses.com. TXT v=spf1 ip4:199.255.192.0/22 -all
abc._domainkey CNAME abc.dkim.amazonses.com
abc.dkim.amazonses.com. TXT p=KEY
_mta-sts TXT v=STSv1; id=1
mta-sts A 8.8.4.4
_smtp._tls TXT v=TLSRPTv1; rua=mailto:tls@good.test
`;
const subject = {
  domain: 'good.test',
  selectors: ['abc'],
  mailFrom: [{ name: 'bounce.good.test', region: 'us-east-1' }],
};

/** Replaces lines that begin with `key` by others. */
async function faults(changes: readonly [key: string, ...lines: string[]][]): Promise<string[]> {
  let lines = GOOD.replace('KEY', KEY).split('\n');
  for (const [key, ...instead] of changes)
    lines = [...lines.filter((line) => !line.startsWith(key) || key === ''), ...instead];
  const { checks } = await audit(subject, { resolver: zoneResolver(parseZone('good.test', lines.join('\n'))) });
  return checks.filter(({ status }) => status === 'failed').map(({ id, name }) => `${id} ${name}`);
}

describe('an audit', () => {
  it('finds nothing where nothing is wrong', async () => expect(await faults([])).toEqual([]));

  it.each<[string, [string, ...string[]][], string[]]>([
    ['no SPF', [['@ TXT']], ['spf.none good.test']],
    ['two SPF records', [['@ TXT', '@ TXT v=spf1 mx ~all', '@ TXT v=spf1 -all']], ['spf.multiple good.test']],
    ['a misspelt mechanism', [['@ TXT', '@ TXT v=spf1 ipv4:8.8.8.8 ~all']], ['spf.syntax good.test']],
    ['+all', [['@ TXT', '@ TXT v=spf1 mx +all']], ['spf.all-pass good.test']],
    ['an include that is gone', [['@ TXT', '@ TXT v=spf1 include:gone.example ~all']], ['spf.include-none good.test']],
    [
      'a circle',
      [['@ TXT', '@ TXT v=spf1 include:a.good.test ~all', 'a TXT v=spf1 include:good.test -all']],
      ['spf.loop good.test'],
    ],
    ['dead names', [['@ TXT', '@ TXT v=spf1 a:x.good.test a:y.good.test a:z.good.test ~all']], ['spf.void good.test']],
    [
      'the same record by two ways',
      [
        [
          '@ TXT',
          '@ TXT v=spf1 include:a.good.test include:b.good.test ~all',
          'a TXT v=spf1 include:c.good.test -all',
          'b TXT v=spf1 include:c.good.test ip4:8.8.8.0/24 -all',
          'c TXT v=spf1 ip4:8.8.4.0/24 -all',
        ],
      ],
      ['spf.include-twice good.test'],
    ],
    [
      'eleven look-ups',
      [
        [
          '@ TXT',
          `@ TXT v=spf1 include:a.good.test ${[1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => `exists:%{i}.x${n}.test `).join('')}~all`,
          'a TXT v=spf1 exists:%{i}.x.test -all',
        ],
      ],
      ['spf.lookups good.test'],
    ],
    [
      'an exists that finds nothing',
      [['@ TXT', '@ TXT v=spf1 mx exists:gone.good.test -all']],
      ['spf.exists-fixed good.test', 'spf.void good.test'],
    ],
    [
      'an exists whose name is not known without its sender',
      [['@ TXT', '@ TXT v=spf1 mx include:x.good.test -all', 'x TXT v=spf1 exists:%{i}.y.test exists:mx1.%{d2} -all']],
      [],
    ],
    [
      'an exists of a host that is there',
      [['@ TXT', '@ TXT v=spf1 mx include:x.good.test -all', 'x TXT v=spf1 exists:mx1.good.test -all']],
      ['spf.all-pass good.test'],
    ],
    ['SES at the domain', [['@ TXT', '@ TXT v=spf1 include:amazonses.com ~all']], ['spf.not-needed good.test']],
    ['no DMARC', [['_dmarc']], ['dmarc.none _dmarc.good.test']],
    ['DMARC at the domain', [['_dmarc', '@ TXT v=DMARC1; p=none']], ['dmarc.apex good.test']],
    [
      'no p',
      [['_dmarc', '_dmarc TXT v=DMARC1; rua=mailto:dmarc@good.test']],
      ['dmarc.policy-missing _dmarc.good.test'],
    ],
    [
      'reports to somebody who has not agreed',
      [['_dmarc', '_dmarc TXT v=DMARC1; p=reject; rua=mailto:d@else.example', 'else.example. MX 10 mx.else.example']],
      ['dmarc.report-consent good.test._report._dmarc.else.example'],
    ],
    [
      'reports to nobody',
      [['_dmarc', '_dmarc TXT v=DMARC1; p=reject; rua=mailto:d@deaf.good.test']],
      ['dmarc.report-host deaf.good.test'],
    ],
    ['a selector without its record', [['abc._domainkey']], ['dkim.missing abc._domainkey.good.test']],
    ['a dangling alias', [['abc.dkim']], ['dkim.dangling abc._domainkey.good.test']],
    ['a proxied alias', [['abc._domainkey', 'abc._domainkey A 1.1.1.1']], ['dkim.proxied abc._domainkey.good.test']],
    [
      'a doubled name',
      [['abc._domainkey', 'abc._domainkey.good.test CNAME abc.dkim.amazonses.com']],
      ['dkim.doubled abc._domainkey.good.test'],
    ],
    [
      'a revoked key',
      [['abc.dkim', 'abc.dkim.amazonses.com. TXT v=DKIM1; p=']],
      ['dkim.revoked abc._domainkey.good.test'],
    ],
    ['an MX without address', [['mx2 A']], ['mx.unresolvable mx2.good.test']],
    ['an MX that is an alias', [['mx2 A', 'mx2 CNAME mx1.good.test']], ['mx.alias mx2.good.test']],
    ['a private MX', [['mx2 A', 'mx2 A 10.0.0.1']], ['mx.private mx2.good.test']],
    ['an address as MX', [['@ MX 20', '@ MX 20 8.8.8.8']], ['mx.address 8.8.8.8']],
    [
      'two MX at MAIL FROM',
      [['bounce MX', 'bounce MX 10 feedback-smtp.us-east-1.amazonses.com', 'bounce MX 20 mx1.good.test']],
      ['mail-from.mx bounce.good.test'],
    ],
    [
      'another region at MAIL FROM',
      [['bounce MX', 'bounce MX 10 feedback-smtp.eu-west-1.amazonses.com']],
      ['mail-from.region bounce.good.test'],
    ],
    [
      'SES behind a term that lets nobody pass',
      [['bounce TXT', 'bounce TXT v=spf1 ?include:x.good.test ~all', 'x TXT v=spf1 include:amazonses.com -all']],
      ['mail-from.spf bounce.good.test'],
    ],
    [
      'SES refused by its ranges',
      [['bounce TXT', 'bounce TXT v=spf1 -ip4:199.255.192.0/22 ~all']],
      ['mail-from.spf bounce.good.test'],
    ],
    [
      'a CNAME at MAIL FROM',
      [
        [
          'bounce',
          'bounce CNAME else.good.test',
          'else MX 10 feedback-smtp.us-east-1.amazonses.com',
          'else TXT v=spf1 include:amazonses.com ~all',
        ],
      ],
      ['mail-from.alias bounce.good.test'],
    ],
    ['a broken MTA-STS record', [['_mta-sts', '_mta-sts TXT v=STSv1; id=a-b']], ['mta-sts.record _mta-sts.good.test']],
    ['MTA-STS without reports', [['_smtp._tls']], ['mta-sts.no-reports _smtp._tls.good.test']],
    ['MTA-STS without a host', [['mta-sts A']], ['mta-sts.policy-host mta-sts.good.test']],
    [
      'a logo without a policy',
      [
        [
          '_dmarc',
          '_dmarc TXT v=DMARC1; p=none; rua=mailto:dmarc@good.test',
          'default._bimi TXT v=BIMI1; l=https://good.test/l.svg; a=https://good.test/l.pem',
        ],
      ],
      ['dmarc.policy-none _dmarc.good.test', 'bimi.dmarc _dmarc.good.test'],
    ],
    [
      'an address with a name that leads back',
      [['@ TXT', '@ TXT v=spf1 mx ip4:8.8.8.8 ~all', '8.8.8.8.in-addr.arpa. PTR mx2.good.test']],
      [],
    ],
    ['an address without a name', [['@ TXT', '@ TXT v=spf1 mx ip4:8.8.8.8 ~all']], ['ptr.none 8.8.8.8']],
    [
      'a name that leads elsewhere',
      [['@ TXT', '@ TXT v=spf1 mx ip4:8.8.8.8 ~all', '8.8.8.8.in-addr.arpa. PTR mx1.good.test']],
      ['ptr.forward 8.8.8.8'],
    ],
    [
      'a name that a network gives',
      [
        [
          '@ TXT',
          '@ TXT v=spf1 mx ip4:8.8.8.8 ~all',
          '8.8.8.8.in-addr.arpa. PTR 8-8-8-8.dyn.example',
          '8-8-8-8.dyn.example. A 8.8.8.8',
        ],
      ],
      ['ptr.generic 8.8.8.8'],
    ],
    [
      'an SPF explanation that is not there',
      [['@ TXT', '@ TXT v=spf1 mx exp=why.good.test ~all']],
      ['spf.exp good.test'],
    ],
    ['an SPF explanation that is there', [['@ TXT', '@ TXT v=spf1 mx exp=why.good.test ~all', 'why TXT no, %{i}']], []],
    [
      'a host that sends, without SPF of its own',
      [['@ TXT', '@ TXT v=spf1 a:mx1.good.test ~all']],
      ['spf.helo mx1.good.test'],
    ],
    [
      'a policy that somebody else keeps',
      [
        [
          '_dmarc',
          '_dmarc CNAME good.dmarc.example',
          'good.dmarc.example. TXT v=DMARC1; p=reject; rua=mailto:d@good.test',
        ],
      ],
      ['dmarc.alias _dmarc.good.test'],
    ],
    [
      'a policy that somebody kept once',
      [['_dmarc', '_dmarc CNAME gone.dmarc.example']],
      ['dmarc.dangling _dmarc.good.test'],
    ],
    [
      'strict alignment beside a MAIL FROM',
      [['_dmarc', '_dmarc TXT v=DMARC1; p=reject; aspf=s; rua=mailto:dmarc@good.test']],
      ['dmarc.strict _dmarc.good.test'],
    ],
    ['the same MX twice', [['@ MX 20', '@ MX 20 mx1.good.test']], ['mx.twice good.test']],
    ['a host at MAIL FROM', [['bounce A', 'bounce A 8.8.8.8']], ['mail-from.host bounce.good.test']],
    [
      'a wildcard that answers for policies',
      [['', 'mailwright-looks-for-wildcards TXT v=spf1 -all']],
      ['dns.wildcard-text *.good.test'],
    ],
    ['one name server', [['@ NS ns2']], ['ns.single good.test']],
    [
      'a long negative TTL',
      [['@ SOA', '@ SOA ns1.host.example. hostmaster.host.example. 1 7200 3600 1209600 172800']],
      ['soa.negative good.test'],
    ],
  ])('%s', async (_what, changes, wanted) => expect((await faults(changes)).toSorted()).toEqual(wanted.toSorted()));
});

describe('a logo', () => {
  const RECORD = 'default._bimi TXT v=BIMI1; l=https://good.test/l.svg; a=https://good.test/l.pem';
  it.each<[string, Brand, string[]]>([
    ['that is right', { logo: { faults: [] }, mark: { faults: [], daysLeft: 200 } }, []],
    [
      'that is none',
      { logo: { faults: ['HTTP 404'] }, mark: { faults: [], daysLeft: 200 } },
      ['bimi.logo failed HTTP 404'],
    ],
    [
      'whose certificate ends',
      { logo: { faults: [] }, mark: { faults: [], daysLeft: 12.5 } },
      ['bimi.expiry failed 12 days left'],
    ],
    [
      'whose certificate has ended',
      { logo: { faults: [] }, mark: { faults: ['the certificate is expired'], daysLeft: -3 } },
      ['bimi.certificate failed the certificate is expired'],
    ],
    ['that nobody could have', { logo: { faults: [], silence: 'no answer' } }, ['bimi.logo unknown no answer']],
  ])('%s', async (_what, seen, wanted) => {
    const zone = parseZone('good.test', `${GOOD.replace('KEY', KEY)}\n${RECORD}`);
    const needs = { resolver: zoneResolver(zone), brand: async () => seen };
    const { checks } = await audit(subject, needs);
    const found = checks.filter(({ status }) => status !== 'ok');
    expect(found.map(({ id, status, seen: [first] }) => `${id} ${status} ${first?.value}`)).toEqual(wanted);
  });
});

it.each<[Registration, string[]]>([
  [{ daysLeft: 300, states: ['active'] }, []],
  [{ daysLeft: 20.4, states: [] }, ['domain.expiry warning failed 20 days left']],
  [{ daysLeft: 3, states: [] }, ['domain.expiry blocker failed 3 days left']],
  [
    { daysLeft: -2, states: ['redemption period'] },
    ['domain.hold blocker failed redemption period', 'domain.expiry blocker failed it ended 2 days ago'],
  ],
  [{ states: [] }, []],
  [{ silence: 'HTTP 429' }, ['domain.expiry info unknown HTTP 429']],
])('a registration: %o', async (said, wanted) => {
  const needs = {
    resolver: zoneResolver(parseZone('good.test', GOOD.replace('KEY', KEY))),
    registration: async () => said,
  };
  const { checks } = await audit(subject, needs);
  const found = checks.filter(({ status }) => status !== 'ok');
  expect(found.map(({ id, severity, status, seen: [first] }) => `${id} ${severity} ${status} ${first?.value}`)).toEqual(
    wanted,
  );
});

it.each([
  ['v=spf1 ~all', ['spf.parked']],
  ['v=spf1 ?all', ['spf.all-neutral', 'spf.parked']],
  ['v=spf1 -all', []],
])('a domain that sends nothing, with %s', async (record, wanted) => {
  const lines = ['@ NS ns1.host.example', '@ NS ns2.host.example', '@ MX 0 .', `@ TXT ${record}`];
  const zone = parseZone('good.test', [...lines, '_dmarc TXT v=DMARC1; p=reject; rua=mailto:d@good.test'].join('\n'));
  const { checks } = await audit({ ...subject, selectors: [], mailFrom: [] }, { resolver: zoneResolver(zone) });
  const found = checks.filter(({ status, id }) => status === 'failed' && id.startsWith('spf.')).map(({ id }) => id);
  expect(found.toSorted()).toEqual(wanted);
});

it.each([
  ['sp and np below another policy', 'v=DMARC1; p=reject; sp=reject; np=reject', ['dmarc.subdomain-tags info']],
  ['psd=y at a registered domain', 'v=DMARC1; p=reject; psd=y', ['dmarc.psd error']],
  ['its own', 'v=DMARC1; p=reject', []],
])('a sub-domain with %s', async (_what, record, wanted) => {
  const domain = 'news.good.test';
  const zone = parseZone('good.test', `_dmarc TXT v=DMARC1; p=reject\n_dmarc.news TXT ${record}`);
  const ids = ['dmarc.subdomain-tags', 'dmarc.psd', 'dmarc.deep'];
  const { checks } = await audit({ domain, selectors: [], mailFrom: [] }, { resolver: zoneResolver(zone) });
  expect(checks.filter(({ id }) => ids.includes(id)).map(({ id, severity }) => `${id} ${severity}`)).toEqual(wanted);
});

describe('the policy of MTA-STS', () => {
  const policy = (mode: string, ...mx: string[]) =>
    `version: STSv1\nmode: ${mode}\n${mx.map((host) => `mx: ${host}\n`).join('')}max_age: 1209600\n`;
  const page = (text: string) => ({ status: 200, contentType: 'text/plain; charset=utf-8', text });

  it.each<[string, Fetched, string[]]>([
    ['names every host', page(policy('enforce', 'mx1.good.test', 'mx2.good.test')), []],
    ['names them by a pattern', page(policy('enforce', '*.good.test')), []],
    ['lacks a host that is enforced', page(policy('enforce', 'mx1.good.test')), ['mta-sts.mx blocker failed']],
    [
      'lacks a host in testing',
      page(policy('testing', 'mx1.good.test')),
      ['mta-sts.mode advice failed', 'mta-sts.mx warning failed'],
    ],
    [
      'has a pattern that stands for one label alone',
      page(policy('enforce', '*.test')),
      ['mta-sts.mx blocker failed', 'mta-sts.mx blocker failed'],
    ],
    ['is none', page('hello'), ['mta-sts.policy error failed']],
    ['is a page of a web site', { status: 200, contentType: 'text/html', text: '' }, ['mta-sts.fetch error failed']],
    ['is a redirect', { status: 301, contentType: '', text: '' }, ['mta-sts.fetch error failed']],
    ['has a wrong certificate', { refused: 'the certificate is not good' }, ['mta-sts.fetch error failed']],
    ['could not be had', { silence: 'no answer in 12 s' }, ['mta-sts.fetch error unknown']],
  ])('%s', async (_what, fetched, wanted) => {
    const { checks } = await audit(subject, {
      resolver: zoneResolver(parseZone('good.test', GOOD.replace('KEY', KEY))),
      fetch: async () => fetched,
    });
    const found = checks
      .filter(({ status }) => status !== 'ok')
      .map(({ id, severity, status }) => `${id} ${severity} ${status}`);
    expect([...new Set(found)].toSorted()).toEqual([...new Set(wanted)].toSorted());
  });
});

it.each([
  ['secure', []],
  ['unknown', []],
  ['insecure', ['dnssec.unsigned advice']],
  ['bogus', ['dnssec.bogus blocker']],
] as const)('a zone that is %s', async (security, wanted) => {
  const resolver = zoneResolver(parseZone('good.test', GOOD.replace('KEY', KEY)));
  const { checks } = await audit(subject, { resolver: { ...resolver, security: async () => security } });
  expect(checks.filter(({ status }) => status === 'failed').map(({ id, severity }) => `${id} ${severity}`)).toEqual(
    wanted,
  );
});
