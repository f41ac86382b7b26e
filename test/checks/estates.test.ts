import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { compliance } from '../../src/core/checks/compliance.ts';
import { foldAnswers } from '../../src/core/resolver.ts';
import { type Audit, audit } from '../../src/domains/audit/audit.ts';
import { parseZone, zoneResolver } from '../zone-data.ts';

const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .publicKey.export({ type: 'spki', format: 'der' })
  .toString('base64');
const ED25519 = generateKeyPairSync('ed25519')
  .publicKey.export({ type: 'spki', format: 'der' })
  .subarray(-32)
  .toString('base64');
const NS = '@ NS ns1.host.example\n@ NS ns2.host.example\n';
const MX = '@ MX 10 mx1.own.test\nmx1 A 8.8.8.8\n';
const SPF = '@ TXT v=spf1 mx ~all\n';
const DMARC = '_dmarc TXT v=DMARC1; p=reject; rua=mailto:d@own.test\n';
const SES = 'amazonses.com. TXT v=spf1 ip4:199.255.192.0/22 -all\n';
const MAIL_FROM = `bounce MX 10 feedback-smtp.us-east-1.amazonses.com\n${SES}`;

interface Who {
  readonly domain?: string;
  readonly selectors?: readonly string[];
  readonly mailFrom?: readonly { readonly name: string }[];
}

const BOUNCE: Who = { mailFrom: [{ name: 'bounce.own.test' }] };

async function look(text: string, { domain = 'own.test', selectors = [], mailFrom = [] }: Who): Promise<Audit> {
  const zone = parseZone(domain, NS + text.replaceAll('KEY', RSA));
  return audit({ domain, selectors, mailFrom }, { resolver: zoneResolver(zone) });
}

async function found(text: string, who: Who = {}): Promise<string[]> {
  const { checks } = await look(text, who);
  return checks
    .filter(({ status }) => status === 'failed' || status === 'unknown')
    .map(({ id, name, severity, status }) => `${status === 'unknown' ? 'unknown ' : ''}${severity} ${id} ${name}`)
    .toSorted();
}

describe('healthy estates: nothing is found at', () => {
  it.each<[string, string, Who?]>([
    [
      'Google Workspace',
      `@ MX 1 smtp.google.com\nsmtp.google.com. A 142.250.1.27\n@ TXT v=spf1 include:_spf.google.com ~all
_spf.google.com. TXT v=spf1 include:_netblocks.google.com ~all\n_netblocks.google.com. TXT v=spf1 ip4:35.190.247.0/24 ~all
google._domainkey TXT v=DKIM1; k=rsa; p=KEY\n${DMARC}`,
    ],
    [
      'Microsoft 365, whose keys lie in another zone',
      `@ MX 0 own-test.mail.protection.outlook.com\nown-test.mail.protection.outlook.com. A 52.101.1.1
@ TXT MS=ms123\n@ TXT v=spf1 include:spf.protection.outlook.com -all\nspf.protection.outlook.com. TXT v=spf1 ip4:40.92.0.0/15 -all
selector1._domainkey CNAME selector1-own-test._domainkey.own.onmicrosoft.com\nselector1-own-test._domainkey.own.onmicrosoft.com. TXT v=DKIM1; k=rsa; p=KEY;
${DMARC}`,
    ],
    [
      'a parked domain',
      '@ TXT v=spf1 -all\n@ MX 0 .\n_dmarc TXT v=DMARC1; p=reject; rua=mailto:d@rep.example\nmailwright-looks-for-wildcards._domainkey TXT v=DKIM1; p=\nown.test._report._dmarc.rep.example. TXT v=DMARC1\nrep.example. MX 10 mx.rep.example',
    ],
    [
      'keys of both kinds',
      `${MX}${SPF}${DMARC}s1._domainkey TXT v=DKIM1; p=KEY\ns2._domainkey TXT v=DKIM1; k=ed25519; p=${ED25519}`,
    ],
    [
      'a wildcard alias of a web host',
      `${MX}${SPF}${DMARC}mailwright-looks-for-wildcards._domainkey CNAME web.host.example\ngoogle._domainkey CNAME web.host.example\nk1._domainkey CNAME web.host.example`,
    ],
    [
      'a domain that signs, and sends with names of others',
      `${MX}@ TXT v=spf1 ~all\n${DMARC}s1._domainkey TXT v=DKIM1; p=KEY`,
    ],
    ['another text beside the DMARC record', `${MX}${SPF}${DMARC}_dmarc TXT dmarc-verification=abc`],
    [
      'records in capitals',
      `${MX}@ TXT V=SPF1 MX Include:X.Example. ~ALL\nx.example. TXT v=spf1 ip4:8.8.8.0/24 -all\n_dmarc TXT V=DMARC1; p=Reject; rua=MAILTO:d@OWN.test`,
    ],
    ['SPF with macros', `${MX}@ TXT v=spf1 mx exists:%{i}._spf.mta.example include:%{d}.spf.example -all\n${DMARC}`],
    ['an IPv6 host alone', `@ MX 10 mx6.own.test\nmx6 AAAA 2600::1\n${SPF}${DMARC}`],
    [
      'another version beside the MTA-STS record',
      `${MX}${SPF}${DMARC}_mta-sts TXT v=STSv1; id=1\n_mta-sts TXT v=STSv2; id=1\nmta-sts A 8.8.8.8\n_smtp._tls TXT v=TLSRPTv1; rua=mailto:t@own.test`,
    ],
    [
      'a MAIL FROM that names the ranges of SES',
      `${MX}${SPF}${DMARC}${MAIL_FROM}bounce TXT v=spf1 ip4:199.255.192.0/22 ~all`,
      BOUNCE,
    ],
    ['a MAIL FROM by redirect', `${MX}${SPF}${DMARC}${MAIL_FROM}bounce TXT v=spf1 redirect=amazonses.com`, BOUNCE],
    [
      'a sub-domain with a policy of its own, which speaks for itself alone',
      '@ MX 10 mx.news.own.test\nmx A 8.8.8.8\n@ TXT v=spf1 mx -all\n_dmarc TXT v=DMARC1; p=quarantine; rua=mailto:d@news.own.test\n_dmarc.own.test. TXT v=DMARC1; p=reject',
      { domain: 'news.own.test' },
    ],
  ])('%s', async (_what, text, who) => expect(await found(text, who)).toEqual([]));

  it('a logo that is declined needs no policy', async () => {
    const zone = `${MX}${SPF}_dmarc TXT v=DMARC1; p=none; rua=mailto:d@own.test\ndefault._bimi TXT v=BIMI1; l=; a=;`;
    expect(await found(zone)).toEqual([
      'advice dmarc.policy-none _dmarc.own.test',
      'info bimi.declined default._bimi.own.test',
    ]);
  });
});

it('a policy above that can’t be read is named to those below', async () => {
  const zone = '@ MX 10 mx.news.own.test\nmx A 8.8.8.8\n@ TXT v=spf1 mx -all\n_dmarc.own.test. TXT v=DMARC1; p=rejekt';
  expect(await found(zone, { domain: 'news.own.test' })).toEqual([
    'error dmarc.policy-invalid _dmarc.own.test',
    'info dmarc.inherited _dmarc.own.test',
  ]);
});

it('where a wildcard alias answers for _dmarc, the record is what lacks', async () => {
  const wild = ['mailwright-looks-for-wildcards', '_dmarc'].map((name) => `${name} CNAME web.own.test`).join('\n');
  expect(await found(`${MX}${SPF}web A 8.8.8.8\n${wild}`)).toEqual(['error dmarc.none _dmarc.own.test']);
});

it('of a policy above it is said what it means here', async () => {
  const zone = '_dmarc.own.test. TXT v=DMARC1; p=reject; sp=none; rua=mailto:d@own.test';
  const { checks } = await look(zone, { domain: 'news.own.test' });
  expect(checks.find(({ id }) => id === 'dmarc.inherited')?.seen[0]?.value).toMatch(
    /none is the policy of news.own.test$/,
  );
});

it('a policy of a registry is told, and its faults are for nobody here', async () => {
  const zone = `@ MX 10 mx.own.gov.uk\nmx A 8.8.8.8\n@ TXT v=spf1 mx -all\n_dmarc.gov.uk. TXT v=DMARC1; p=none; sp=no; rua=mailto:d@gone.example`;
  expect(await found(zone, { domain: 'own.gov.uk' })).toEqual([
    'info dmarc.inherited _dmarc.gov.uk',
    'warning dmarc.walk-differs _dmarc.gov.uk',
  ]);
});

describe('one fault, and no other, is found at', () => {
  const spf = (record: string) => `${MX}@ TXT ${record}\n${DMARC}`;
  it.each<[string, string, string, Who?]>([
    [
      'an include behind all that is gone',
      spf('v=spf1 mx -all include:gone.example'),
      'warning spf.after-all own.test',
    ],
    [
      'an include that lets everybody pass',
      `${spf('v=spf1 include:x.example -all')}x.example. TXT v=spf1 +all`,
      'blocker spf.all-pass own.test',
    ],
    [
      'a redirect to what lets everybody pass',
      `${spf('v=spf1 redirect=x.example')}x.example. TXT v=spf1 include:y.example -all\ny.example. TXT v=spf1 all`,
      'blocker spf.all-pass own.test',
    ],
    [
      'a redirect to what has no end',
      `${spf('v=spf1 redirect=x.example')}x.example. TXT v=spf1 ip4:8.8.8.0/24`,
      'warning spf.all-missing own.test',
    ],
    [
      'an include of two terms in one word',
      `${spf('v=spf1 include:x.example -all')}x.example. TXT v=spf1 ip4:8.8.8.0/24include:y.example -all`,
      'blocker spf.syntax own.test',
    ],
    ['a private range', spf('v=spf1 mx ip4:10.0.0.0/8 ~all'), 'warning spf.private own.test'],
    ['a range of all', spf('v=spf1 mx ip4:0.0.0.0/0 ~all'), 'blocker spf.all-pass own.test'],
    ['a misspelt end', spf('v=spf1 mx ~al'), 'blocker spf.syntax own.test'],
    [
      'fifteen includes in a row',
      `${spf('v=spf1 include:c0.own.test -all')}${Array.from({ length: 15 }, (_, n) => `c${n} TXT v=spf1 include:c${n + 1}.own.test -all\n`).join('')}c15 TXT v=spf1 -all`,
      'blocker spf.lookups own.test',
    ],
    [
      'a MAIL FROM whose SPF lacks SES',
      `${MX}${SPF}${DMARC}${MAIL_FROM}bounce TXT v=spf1 ip4:8.8.4.0/24 -all`,
      'error mail-from.spf bounce.own.test',
      BOUNCE,
    ],
    [
      'a MAIL FROM whose SPF refuses SES',
      `${MX}${SPF}${DMARC}${MAIL_FROM}bounce TXT v=spf1 -include:amazonses.com ~all`,
      'error mail-from.spf bounce.own.test',
      BOUNCE,
    ],
    ['a MAIL FROM without SPF', `${MX}${SPF}${DMARC}${MAIL_FROM}`, 'error mail-from.spf bounce.own.test', BOUNCE],
    [
      'a MAIL FROM with a misspelt include',
      `${MX}${SPF}${DMARC}${MAIL_FROM}bounce TXT v=spf1 inlcude:amazonses.com ~all`,
      'blocker spf.syntax bounce.own.test',
      BOUNCE,
    ],
    [
      'a DMARC record in quotes',
      `${MX}${SPF}_dmarc TXT "v=DMARC1; p=reject; rua=mailto:d@own.test"`,
      'error dmarc.quoted _dmarc.own.test',
    ],
    [
      'a DMARC version in small letters',
      `${MX}${SPF}_dmarc TXT v=dmarc1; p=reject; rua=mailto:d@own.test`,
      'error dmarc.version _dmarc.own.test',
    ],
    [
      'an SPF record at a selector',
      `${MX}${SPF}${DMARC}s1._domainkey TXT v=spf1 -all`,
      'error spf.wrong-place s1._domainkey.own.test',
    ],
    [
      'a text beside the SPF record that was meant as another',
      `${MX}${SPF}@ TXT v=spf1;mx -all\n${DMARC}`,
      'warning spf.syntax own.test',
    ],
    ['two DMARC records', `${MX}${SPF}${DMARC}_dmarc TXT v=DMARC1; p=none`, 'error dmarc.multiple _dmarc.own.test'],
    [
      'a weaker policy for sub-domains',
      `${MX}${SPF}_dmarc TXT v=DMARC1; p=reject; sp=none; rua=mailto:d@own.test`,
      'warning dmarc.subdomain-weaker _dmarc.own.test',
    ],
    [
      'a report address that is none',
      `${MX}${SPF}_dmarc TXT v=DMARC1; p=reject; rua=mailto:d@own..test`,
      'error dmarc.report-address _dmarc.own.test',
    ],
    [
      'a DMARC alias in a circle',
      `${MX}${SPF}_dmarc CNAME a.own.test\na CNAME _dmarc.own.test`,
      'error dmarc.dangling _dmarc.own.test',
    ],
    [
      'a key alias in a circle',
      `${MX}${SPF}${DMARC}s1._domainkey CNAME s1._domainkey.own.test`,
      'warning dkim.dangling s1._domainkey.own.test',
    ],
    [
      'an MX alias in a circle',
      `${MX}@ MX 20 l.own.test\nl CNAME l.own.test\n${SPF}${DMARC}`,
      'error mx.unresolvable l.own.test',
    ],
    [
      'a key that signs and is withdrawn',
      `${MX}${SPF}${DMARC}abc._domainkey TXT v=DKIM1; p=`,
      'blocker dkim.revoked abc._domainkey.own.test',
      { selectors: ['abc'] },
    ],
    [
      'a misspelt MTA-STS version',
      `${MX}${SPF}${DMARC}_mta-sts TXT v=STS1; id=1\nmta-sts A 8.8.8.8\n_smtp._tls TXT v=TLSRPTv1; rua=mailto:t@own.test`,
      'error mta-sts.record _mta-sts.own.test',
    ],
    [
      'a misspelt TLS-RPT version',
      `${MX}${SPF}${DMARC}_smtp._tls TXT v=TLSRPT1; rua=mailto:t@own.test`,
      'error tls-rpt.record _smtp._tls.own.test',
    ],
  ])('%s', async (_what, text, fault, who) => expect(await found(text, who)).toEqual([fault]));

  it('Sender ID alone is no SPF', async () =>
    expect(await found(`${MX}@ TXT spf2.0/pra mx -all\n${DMARC}`)).toEqual([
      'advice spf.none own.test',
      'info spf.senderid own.test',
    ]));

  it('a wildcard with a key answers for every selector', async () => {
    const wild = ['abc', 'mailwright-looks-for-wildcards'].map((label) => `${label}._domainkey TXT p=KEY\n`).join('');
    expect(await found(`${MX}${SPF}${DMARC}${wild}`, { selectors: ['abc'] })).toEqual([
      'warning dns.wildcard-text *._domainkey.own.test',
    ]);
  });

  it('a selector that only a wildcard answers for is missing', async () => {
    const wild = ['abc', 'mailwright-looks-for-wildcards']
      .map((label) => `${label}._domainkey TXT v=spf1 -all\n`)
      .join('');
    expect(await found(`${MX}${SPF}${DMARC}${wild}`, { selectors: ['abc'] })).toEqual([
      'blocker dkim.missing abc._domainkey.own.test',
      'warning dns.wildcard-text *._domainkey.own.test',
    ]);
  });
});

it.each([
  ['an MX host', '@ MX 20 mx.host.example.own.test\nmx.host.example. A 8.8.4.4', 'mx.host.example.'],
  ['the target of a key', 's1._domainkey CNAME k.host.example.own.test\nk.host.example. TXT p=KEY', 'k.host.example.'],
])('%s without its final dot: the fix is the name that was meant', async (_what, lines, meant) => {
  const { checks } = await look(`${MX}${SPF}${DMARC}${lines}`, {});
  expect(checks.filter(({ status }) => status === 'failed').map(({ fix }) => fix)).toEqual([
    `Write "${meant}" with the dot at its end, which says that the name is whole.`,
  ]);
});

it.each([
  [
    'SPF at _dmarc',
    `${MX}${SPF}${DMARC}_dmarc TXT v=spf1 -all`,
    'Remove it: own.test has an SPF record, and may have one only.',
  ],
  [
    'a second policy at the domain',
    `${MX}${SPF}${DMARC}@ TXT v=DMARC1; p=none`,
    'Remove it: the record at _dmarc.own.test counts.',
  ],
  [
    'an include that another one brings along',
    `${MX}@ TXT v=spf1 include:a.own.test include:b.own.test ~all\na TXT v=spf1 include:b.own.test -all\nb TXT v=spf1 ip4:8.8.8.0/24 -all\n${DMARC}`,
    'Take "include:b.own.test" out: it comes along with what another term draws in.',
  ],
])('the way out of %s breaks nothing that works', async (_what, text, fix) => {
  const { checks } = await look(text, {});
  expect(checks.filter(({ status }) => status === 'failed').map((one) => one.fix)).toEqual([fix]);
});

it.each([
  [
    'eight look-ups',
    `v=spf1 mx ${Array.from({ length: 7 }, (_, n) => `exists:%{i}.x${n}.own.test`).join(' ')} ~all`,
    'ok',
  ],
  [
    'eleven look-ups',
    `v=spf1 mx ${Array.from({ length: 10 }, (_, n) => `exists:%{i}.x${n}.own.test`).join(' ')} ~all`,
    'failed',
  ],
])('SPF with %s, for those who ask for it', async (_what, record, status) => {
  const { checks } = await look(`${MX}@ TXT ${record}\n${DMARC}`, {});
  expect(compliance(checks).find(({ what }) => what === 'SPF passes')?.status).toBe(status);
});

it('a policy host without an address is said once, and asked for no page', async () => {
  const text = `${NS}${MX}${SPF}${DMARC}_mta-sts TXT v=STSv1; id=1\n_smtp._tls TXT v=TLSRPTv1; rua=mailto:t@own.test`;
  const needs = {
    resolver: zoneResolver(parseZone('own.test', text)),
    fetch: async () => ({ refused: 'it has no address' }),
  };
  const { checks } = await audit({ domain: 'own.test', selectors: [], mailFrom: [] }, needs);
  expect(checks.filter(({ status }) => status === 'failed').map(({ id }) => id)).toEqual(['mta-sts.policy-host']);
});

it('of a domain that nobody delegates, that alone is said', async () => {
  const nobody = { ...zoneResolver(new Map()), zoneOf: async () => ({ status: 'absent' as const, zone: 'own.test' }) };
  const { checks, questions } = await audit(
    { domain: 'own.test', selectors: ['s1'], mailFrom: [] },
    { resolver: nobody },
  );
  expect(checks.map(({ id, name, severity }) => `${severity} ${id} ${name}`)).toEqual([
    'blocker dns.undelegated own.test',
  ]);
  expect(questions).toBe(0);
});

it('what the registry and the zone say of the servers is compared', async () => {
  const resolver = { ...zoneResolver(parseZone('own.test', `${NS}@ SOA a b 1 2 3 4 5\n${MX}${SPF}${DMARC}`)) };
  const registry = { ...resolver, delegated: async () => ['ns1.host.example', 'gone.example'] };
  const { checks } = await audit({ domain: 'own.test', selectors: [], mailFrom: [] }, { resolver: registry });
  expect(
    checks.filter(({ status }) => status === 'failed').map(({ id, seen: [first] }) => `${id} ${first?.value}`),
  ).toEqual(['ns.differ only the zone: ns2.host.example; only the parent: gone.example']);
});

it('the fix of a wrong MX at MAIL FROM names the one that is right', async () => {
  const zone = `${MX}${SPF}${DMARC}${MAIL_FROM}bounce MX 20 mx1.own.test\nbounce TXT v=spf1 include:amazonses.com ~all`;
  const { checks } = await look(zone, BOUNCE);
  expect(checks.find(({ id, status }) => id === 'mail-from.mx' && status === 'failed')?.fix).toBe(
    'Publish bounce.own.test MX 10 feedback-smtp.us-east-1.amazonses.com, and no MX beside it.',
  );
});

it('a server that answers, and not for the texts of the domain, is named; texts that differ are shown as text', async () => {
  const { authoritative, ...others } = zoneResolver(
    parseZone('own.test', `${NS}@ SOA a b 1 2 3 4 5\n${MX}${SPF}${DMARC}`),
  );
  const two = (broken: { status: 'unknown'; reason: string } | { status: 'present' }, values: readonly string[]) => ({
    ...others,
    authoritative: async (question: Parameters<typeof authoritative>[0]) => {
      const { servers } = await authoritative(question);
      const [first = { by: 'ns1', status: 'absent' as const, values: [] }] = servers;
      const isIt = question.name === 'own.test' && question.type === 'TXT';
      return foldAnswers([first, isIt ? { by: 'ns2', values, ...broken } : { ...first, by: 'ns2' }]);
    },
  });
  const seen = async (resolver: ReturnType<typeof two>) => {
    const { checks } = await audit({ domain: 'own.test', selectors: [], mailFrom: [] }, { resolver });
    return checks.filter(({ status }) => status === 'failed').map(({ id, seen: [first] }) => `${id} ${first?.value}`);
  };
  expect(await seen(two({ status: 'unknown', reason: 'SERVFAIL' }, []))).toEqual(['ns.silent ns2: TXT: SERVFAIL']);
  const differing = await seen(two({ status: 'present' }, ['v=spf1 mx ~all', 'gr\u00c3\u00bcn']));
  expect(differing).toEqual(['ns.answers-differ TXT: test: v=spf1 mx ~all; ns2: v=spf1 mx ~all, grün']);
});
