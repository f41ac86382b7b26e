import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { audit } from '../../../src/domains/audit/audit.ts';
import { openResolver } from '../../../src/integrations/wire/dns/resolver.ts';
import { freePort } from '../free-port.ts';
import { describeClient, KNOT } from '../installed.ts';
import { startKnot, type ZoneFiles } from './knot.ts';

const [ONE, TWO, OTHER] = ['127.0.0.1', '127.0.0.2', '127.0.0.3'];
const NS = ['@ NS ns1.host.test.', '@ NS ns2.host.test.'];
const MX = ['@ MX 10 mx1.host.test.', '@ MX 20 mx2.host.test.'];
const SPF = '@ TXT "v=spf1 include:spf.host.test ~all"';
const DMARC = (domain: string) => `_dmarc TXT "v=DMARC1; p=reject; rua=mailto:d@${domain}"`;
const good = (domain: string) => [...NS, ...MX, SPF, DMARC(domain)];
const without = (domain: string, part: string) => good(domain).filter((line) => !line.includes(part));

/** Hand-made zones, and what is wrong with each: that, and nothing else, is to be named. */
const CASES: readonly (readonly [zone: string, lines: readonly string[], faults: readonly string[]])[] = [
  ['good.test', [...good('good.test'), 'asleep.test._report._dmarc TXT "v=DMARC1"'], []],
  ['nospf.test', without('nospf.test', 'spf1'), ['spf.none nospf.test']],
  ['twospf.test', [...good('twospf.test'), '@ TXT "v=spf1 -all"'], ['spf.multiple twospf.test']],
  [
    'typo.test',
    [...without('typo.test', 'spf1'), '@ TXT "v=spf1 inlcude:spf.host.test ~all"'],
    ['spf.syntax typo.test'],
  ],
  [
    'chunks.test',
    [...without('chunks.test', 'spf1'), '@ TXT "v=spf1 include:spf.host.test" "include:spf.host.test ~all"'],
    ['spf.chunks chunks.test'],
  ],
  [
    'circle.test',
    [
      ...without('circle.test', 'spf1'),
      '@ TXT "v=spf1 include:a.circle.test ~all"',
      'a TXT "v=spf1 include:circle.test ~all"',
    ],
    ['spf.loop circle.test'],
  ],
  [
    'gone.test',
    [...without('gone.test', 'spf1'), '@ TXT "v=spf1 include:nowhere.host.test ~all"'],
    ['spf.include-none gone.test'],
  ],
  [
    'many.test',
    [
      ...without('many.test', 'spf1'),
      `@ TXT "v=spf1 ${Array.from({ length: 11 }, (_, n) => `include:s${n}.many.test`).join(' ')} ~all"`,
      ...Array.from({ length: 11 }, (_, n) => `s${n} TXT "v=spf1 ip4:8.8.4.${n} -all"`),
    ],
    ['spf.lookups many.test'],
  ],
  ['nodmarc.test', without('nodmarc.test', '_dmarc'), ['dmarc.none _dmarc.nodmarc.test']],
  [
    'twodmarc.test',
    [...good('twodmarc.test'), '_dmarc TXT "v=DMARC1; p=none"'],
    ['dmarc.multiple _dmarc.twodmarc.test'],
  ],
  ['apex.test', [...without('apex.test', '_dmarc'), '@ TXT "v=DMARC1; p=none"'], ['dmarc.apex apex.test']],
  [
    'alias.test',
    [...without('alias.test', '_dmarc'), '_dmarc CNAME _dmarc.good.test.'],
    ['dmarc.alias _dmarc.alias.test', 'dmarc.report-consent alias.test._report._dmarc.good.test'],
  ],
  ['parked.test', ['@ TXT "v=spf1 ~all"', ...without('parked.test', 'spf1')], ['spf.parked parked.test']],
  ['twice.test', [...good('twice.test'), '@ MX 30 mx1.host.test.'], ['mx.twice twice.test']],
  [
    'exp.test',
    [...without('exp.test', 'spf1'), '@ TXT "v=spf1 include:spf.host.test exp=why.exp.test ~all"'],
    ['spf.exp exp.test'],
  ],
  ['allwild.test', [...good('allwild.test'), '* TXT "v=spf1 -all"'], ['dns.wildcard-text *.allwild.test']],
  ['wild.test', [...good('wild.test'), '*._domainkey TXT "v=spf1 -all"'], ['dns.wildcard-text *._domainkey.wild.test']],
  [
    'dangling.test',
    [...good('dangling.test'), 'google._domainkey CNAME nowhere.host.test.'],
    ['dkim.dangling google._domainkey.dangling.test'],
  ],
  [
    'short.test',
    [
      ...good('short.test'),
      'mail._domainkey TXT "v=DKIM1; k=rsa; p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAMxwOUwqEf/T8KXgHjoZRmIdXrcPQyY1xl7nDbWhrrNmhGcpz4UkN2GSV1yzoF5ZtCtGL8rDkZ7Wq4DMAFxJWQECAwEAAQ=="',
    ],
    ['dkim.key-short mail._domainkey.short.test'],
  ],
  [
    'loop.test',
    [
      ...good('loop.test'),
      's1._domainkey CNAME s2._domainkey.loop.test.',
      's2._domainkey CNAME s1._domainkey.loop.test.',
    ],
    ['dkim.dangling s1._domainkey.loop.test', 'dkim.dangling s2._domainkey.loop.test'],
  ],
  // As M3AAWG would have it.
  [
    'asleep.test',
    [
      ...NS,
      '@ MX 0 .',
      '@ TXT "v=spf1 -all"',
      '*._domainkey TXT "v=DKIM1; p="',
      '_dmarc TXT "v=DMARC1; p=reject; rua=mailto:d@good.test"',
    ],
    [],
  ],
  // What a wildcard answers for selectors was asked for by nobody.
  ['web.test', [...good('web.test'), '* CNAME web.host.test.'], []],
  [
    'sts.test',
    [
      ...good('sts.test'),
      '_mta-sts TXT "v=STS1; id=1"',
      'mta-sts A 8.8.8.8',
      '_smtp._tls TXT "v=TLSRPTv1; rua=mailto:t@sts.test"',
    ],
    ['mta-sts.record _mta-sts.sts.test'],
  ],
  [
    'openinc.test',
    [
      ...without('openinc.test', 'spf1'),
      '@ TXT "v=spf1 include:open.openinc.test ~all"',
      'open TXT "v=spf1 ip4:8.8.8.0/24 +all"',
    ],
    ['spf.all-pass openinc.test'],
  ],
  [
    'afterall.test',
    [...without('afterall.test', 'spf1'), '@ TXT "v=spf1 include:spf.host.test ~all include:gone.host.test"'],
    ['spf.after-all afterall.test'],
  ],
  ['nomx.test', [...without('nomx.test', 'MX'), ''], ['mx.replies nomx.test', 'dmarc.report-host nomx.test']],
  [
    'deadmx.test',
    [...without('deadmx.test', 'mx2'), '@ MX 20 nowhere.host.test.'],
    ['mx.unresolvable nowhere.host.test'],
  ],
  ['single.test', ['@ NS ns1.host.test.', ...without('single.test', ' NS ')], ['ns.single single.test']],
  ['half.test', [...good('half.test'), '@ NS ns3.host.test.'], ['ns.lame half.test']],
  [
    'long.test',
    [
      ...good('long.test'),
      ...Array.from({ length: 30 }, (_, n) => `@ TXT "${String(n).padStart(3, '0')}${'y'.repeat(240)}"`),
    ],
    [],
  ],
];

const ZONES: ZoneFiles = {
  'host.test': [
    ...NS,
    `ns1 A ${ONE}`,
    `ns2 A ${TWO}`,
    `ns3 A ${OTHER}`,
    'mx1 A 8.8.8.8',
    'mx2 A 8.8.4.4',
    'spf TXT "v=spf1 ip4:8.8.0.0/16 -all"',
  ],
  ...Object.fromEntries(CASES.map(([zone, lines]) => [zone, lines.filter((line) => line !== '')])),
};

describeClient(KNOT, (knotd) => {
  let folder = '';
  let port = 0;
  const stops: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mailwright-knot-'));
    port = await freePort();
    stops.push((await startKnot(knotd, folder, { addresses: [ONE, TWO], port, zones: ZONES })).stop);
    // A server that has none of them.
    stops.push((await startKnot(knotd, folder, { addresses: [OTHER], port, zones: { 'else.test': NS } })).stop);
  });
  afterAll(async () => {
    for (const stop of stops) await stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(CASES)('%s: what was planted is named, and nothing else', async (domain, _lines, faults) => {
    const resolver = openResolver({ port, publicResolvers: [`${ONE}:${port}`], allowPrivate: true });
    try {
      const { checks } = await audit({ domain, selectors: [], mailFrom: [] }, { resolver });
      const found = checks.filter(({ status }) => status === 'failed').map(({ id, name }) => `${id} ${name}`);
      expect(found.toSorted()).toEqual([...faults].toSorted());
    } finally {
      resolver.close();
    }
  });
});
