import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Inspection, inspectionSchema } from '../../../src/core/inspection.ts';
import { openResolver } from '../../../src/integrations/wire/dns/resolver.ts';
import { freePort } from '../free-port.ts';
import { describeClient, KNOT } from '../installed.ts';
import { runProgram } from '../program.ts';
import { startKnot } from './knot.ts';

const BIN = fileURLToPath(new URL('../../../bin/mailwright.js', import.meta.url));
const [UPPER, SECOND, LOWER] = ['127.0.0.1', '127.0.0.2', '127.0.0.3'];

/** A domain of the installation, written by hand. */
const alike = (more: readonly string[] = []) => [
  '@ NS ns1.host.test.',
  '@ NS ns2.host.test.',
  '@ MX 10 mxwest.host.test.',
  '@ MX 20 mxeast.host.test.',
  '@ TXT "v=spf1 include:amazon" "ses.com ~all"',
  '@ TXT "google-site-verification=1"',
  '_dmarc TXT "v=DMARC1; p=reject; rua=mailto:dmarc@host.test"',
  'dkim._domainkey TXT "v=DKIM1; k=rsa; p=MIIB" "IjAN"',
  'selector1._domainkey CNAME selector1.dkim.tenant.onmicrosoft.com.',
  'mail MX 10 feedback-smtp.us-east-1.amazonses.com.',
  'mail TXT "v=spf1 include:amazonses.com ~all"',
  'autodiscover CNAME post.host.test.',
  '_autodiscover._tcp SRV 0 1 443 post.host.test.',
  ...more,
];

const UPPER_ZONES = {
  'host.test': [
    '@ NS ns1',
    `ns1 A ${UPPER}`,
    `ns2 A ${SECOND}`,
    `ns3 A ${LOWER}`,
    'post A 192.0.2.1',
    'mxwest A 192.0.2.2',
    'mxeast A 192.0.2.3',
  ],
  'one.test': alike([`news NS ns.news`, `ns.news A ${LOWER}`]),
  'two.test': alike([
    `long TXT "${'x'.repeat(250)}"`,
    ...Array.from({ length: 30 }, (_, n) => `long TXT "${String(n).padStart(3, '0')}${'y'.repeat(240)}"`),
  ]),
  'odd.test': [
    '@ NS ns1.host.test.',
    '@ MX 0 .',
    '@ TXT "v=spf1 -all"',
    '*._domainkey TXT "v=DKIM1; p="',
    '_dmarc CNAME _dmarc.one.test.',
  ],
  // Delegated to a server that does not have it.
  'lame.test': ['@ NS ns3.host.test.'],
};
const LOWER_ZONES = { 'news.one.test': ['@ NS ns', `ns A ${LOWER}`, '@ MX 10 mxwest.host.test.'] };

describeClient(KNOT, (knotd) => {
  let folder = '';
  let port = 0;
  const stops: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mailwright-knot-'));
    port = await freePort();
    const upper = await startKnot(knotd, folder, { addresses: [UPPER, SECOND], port, zones: UPPER_ZONES });
    stops.push(upper.stop);
    const lower = await startKnot(knotd, folder, { addresses: [LOWER], port, zones: LOWER_ZONES });
    stops.push(lower.stop);
  });
  afterAll(async () => {
    for (const stop of stops) await stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function inspect(...domains: string[]): Promise<Inspection> {
    const env = {
      MAILWRIGHT_DNS_PORT: String(port),
      MAILWRIGHT_DNS_PUBLIC_RESOLVERS: `${UPPER}:${port}`,
      MAILWRIGHT_DNS_ALLOW_PRIVATE: 'true',
      MAILWRIGHT_DOMAINS_ALLOW_SPECIAL_USE: 'true',
      AWS_EC2_METADATA_DISABLED: 'true',
    };
    const { stdout, stderr } = await runProgram(BIN, ['inspect', ...domains, '--json'], { folder, env });
    if (!stdout.startsWith('{')) throw new Error(stderr);
    return inspectionSchema.parse(JSON.parse(stdout)) as Inspection;
  }

  describe('inspected', () => {
    it('two domains that are alike are said to be, from DNS alone', async () => {
      const found = await inspect('one.test', 'two.test');
      expect(found.differences).toEqual([]);
      expect(Object.fromEntries(found.pattern.map((one) => [one.aspect, one.values]))).toMatchObject({
        'dns.host': ['host.test'],
        mx: ['10 mxwest.host.test', '20 mxeast.host.test'],
        spf: ['include:amazonses.com', '~all'],
        'dkim.signers': ['Microsoft 365', 'own key (dkim)'],
        'dmarc.policy': ['reject'],
        'dmarc.rua': ['dmarc@host.test'],
        mailFrom: ['mail.<domain> (us-east-1)'],
        clients: ['_autodiscover._tcp.<domain> → post.host.test', 'autodiscover.<domain> → post.host.test'],
      });
      expect(found.profile).toMatchObject({
        mx: ['mxwest.host.test:10', 'mxeast.host.test:20'],
        mailHost: 'post.host.test',
      });
    });
    it('an odd one is read as it is: a null MX, a wildcard for keys, a policy behind an alias', async () => {
      const [odd] = (await inspect('odd.test')).domains;
      expect(odd).toMatchObject({
        mx: { value: [{ host: '', preference: 0 }] },
        spf: { value: { all: '-all', ses: false } },
        dkim: { status: 'absent' },
        dmarc: { value: { policy: 'reject', inherited: false } },
        mailFrom: { status: 'absent' },
      });
    });
    it('a sub-domain with a zone of its own is found over the referral, and inherits its policy', async () => {
      const [news] = (await inspect('news.one.test')).domains;
      expect(news).toMatchObject({
        dns: { value: { zone: 'news.one.test', servers: ['ns.news.one.test'] } },
        mx: { value: [{ host: 'mxwest.host.test' }] },
        dmarc: { value: { inherited: true, name: '_dmarc.one.test', policy: 'reject' } },
      });
    });
    it('a zone whose server does not have it is unknown, with the reason', async () => {
      const found = await inspect('lame.test');
      expect(found).toMatchObject({ status: 'pending', exit: 3 });
      // Of its own name a public resolver can say something; the first server plays one here, and has the zone.
      expect(found.domains[0]).toMatchObject({
        dns: { value: { zone: 'lame.test', unasked: 'ns3.host.test: REFUSED' } },
        dmarc: { status: 'unknown', reason: 'ns3.host.test: REFUSED' },
        dkim: { status: 'unknown', reason: 'ns3.host.test: REFUSED' },
      });
    });
  });

  describe('asked by our resolver', () => {
    const open = () => openResolver({ port, publicResolvers: [`${UPPER}:${port}`], allowPrivate: true });
    it('answers over TCP what does not fit, with its TTL', async () => {
      const resolver = open();
      const { servers, values } = await resolver.authoritative({ name: 'long.two.test', type: 'TXT' });
      resolver.close();
      expect(values).toHaveLength(31);
      expect(servers).toMatchObject([
        { status: 'present', ttl: 300 },
        { status: 'present', ttl: 300 },
      ]);
    });
    it('answers an alias with its first hop, and the end of the chain where it has it', async () => {
      const resolver = open();
      const away = await resolver.authoritative({ name: 'selector1._domainkey.one.test', type: 'TXT' });
      const here = await resolver.authoritative({ name: 'autodiscover.one.test', type: 'A' });
      resolver.close();
      expect(away).toMatchObject({
        status: 'absent',
        servers: [{ alias: 'selector1.dkim.tenant.onmicrosoft.com' }, {}],
      });
      expect(here.servers[0]).toMatchObject({ alias: 'post.host.test' });
    });
  });
});
