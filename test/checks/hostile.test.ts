import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lintBimi } from '../../src/core/checks/lint/lint-bimi.ts';
import { lintDkim } from '../../src/core/checks/lint/lint-dkim.ts';
import { lintDmarc } from '../../src/core/checks/lint/lint-dmarc.ts';
import { lintMtaStsPolicy, lintMtaStsRecord } from '../../src/core/checks/lint/lint-mta-sts.ts';
import { lintSpf } from '../../src/core/checks/lint/lint-spf.ts';
import { lintTlsRpt } from '../../src/core/checks/lint/lint-tls-rpt.ts';
import { toBytes } from '../../src/core/records/txt.ts';
import { foldAnswers, type Question, type Resolver } from '../../src/core/resolver.ts';
import { audit } from '../../src/domains/audit/audit.ts';
import { logoFaults } from '../../src/integrations/bimi.ts';
import { parseZone, zoneResolver } from '../zone-data.ts';

const RUNS = process.env.TEST_THOROUGH ? 3000 : 300;
const LINTERS = { lintSpf, lintDkim, lintDmarc, lintMtaStsRecord, lintMtaStsPolicy, lintTlsRpt, lintBimi };

/** Pieces of real records, broken and put together anyhow. */
const piece = fc.constantFrom(
  ...[
    'v=spf1',
    ' ',
    'include:',
    'a:b.test',
    '%{',
    '}',
    '%{i',
    'ip4:',
    '1.2.3.4',
    '/33',
    '//129',
    'redirect=',
    '-all',
    '+',
    '?all',
    '::',
    'ip6:::',
  ],
  ...[
    'v=DMARC1',
    ';',
    'p=',
    'none',
    'reject',
    'rua=',
    'mailto:',
    'a@b.test',
    ',',
    '!',
    '10m',
    'sp',
    '=',
    'v=DKIM1',
    'k=rsa',
    'p=MIIB',
    'h=sha1',
    't=y:s',
  ],
  ...[
    'v=STSv1',
    'id=',
    'version: STSv1',
    '\n',
    'mode: enforce',
    'mx: *.b.test',
    'max_age: 9',
    'v=TLSRPTv1',
    'v=BIMI1',
    'l=https://',
    'a=',
    '"',
    '\\',
    '\u0000',
    'ü',
    '\u202e',
  ],
);
const record = fc.oneof(
  fc.array(piece, { maxLength: 40 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 300 }),
);

describe('hostile records', () => {
  it.each(Object.entries(LINTERS))('%s never fails, and names what it finds', (_name, lint) => {
    fc.assert(
      fc.property(record, (text) => {
        for (const { id, seen, why } of lint(text)) expect(id.length > 0 && why !== '' && seen.length > 0).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });

  it.each([
    ['64 kB of one letter', 'a'.repeat(65_000)],
    ['64 kB of terms', `v=spf1 ${'a '.repeat(32_000)}`],
    ['64 kB of includes', `v=spf1 ${'include:a.test '.repeat(4300)}`],
    ['64 kB of macros', `v=spf1 exists:${'%{i}'.repeat(16_000)}`],
    ['64 kB of open macros', `v=spf1 exists:${'%{'.repeat(32_000)}`],
    ['64 kB of tags', `v=DMARC1;${'p=none;'.repeat(9000)}`],
    ['64 kB of addresses', `v=DMARC1;p=none;rua=${'mailto:a@b.test,'.repeat(4000)}`],
    ['64 kB of spaces', `v=DMARC1${' '.repeat(65_000)};`],
    ['64 kB of lines', 'mx: a\n'.repeat(11_000)],
    ['64 kB of key', `v=DKIM1; p=${'A'.repeat(65_000)}`],
    ['64 kB of dots', `v=spf1 a:${'.'.repeat(65_000)}`],
    ['64 kB of colons', `v=spf1 ip6:${':'.repeat(65_000)}`],
    ['64 kB of spaces in a value', `v=DMARC1;p=none;rua=mailto:${' '.repeat(65_000)}x`],
    ['64 kB of tabs in a key', `v=DKIM1; p=${'\t'.repeat(65_000)}x`],
    ['64 kB of spaces in a policy', `version: STSv1\nmx: a${' '.repeat(65_000)}b`],
    ['64 kB of dashes', `v=DMARC1; rf=${'a-'.repeat(32_000)}`],
  ])('%s are read in no time', (_name, text) => {
    const began = performance.now();
    for (const lint of Object.values(LINTERS)) lint(text);
    // Far above what it takes: what grows with the square takes minutes here.
    expect(performance.now() - began).toBeLessThan(1000);
  });
});

it.each([
  ['tags', '<svg'.repeat(250_000)],
  ['attributes', '<svg viewBox="'.repeat(70_000)],
])('a megabyte of the beginnings of %s is no logo, and takes no minutes', async (_name, svg) => {
  const began = performance.now();
  expect(await logoFaults(svg)).toContain(`${svg.length} bytes; 32768 at most`);
  // Half a second, and a few on a machine that is busy: what it would take otherwise is minutes.
  expect(performance.now() - began).toBeLessThan(15_000);
});

describe('hostile domains', () => {
  const subject = { domain: 'bad.test', selectors: ['s1'], mailFrom: [{ name: 'bounce.bad.test' }] };

  it('a tree of includes that never ends is left after a bounded number of questions', async () => {
    let asked = 0;
    const endless = async ({ name, type }: Question) => {
      asked += 1;
      const value = `v=spf1 ${[1, 2, 3, 4, 5].map((n) => `include:${n}.${name}`).join(' ')} -all`;
      return foldAnswers([
        { by: 'test', status: type === 'TXT' ? 'present' : 'absent', values: type === 'TXT' ? [toBytes(value)] : [] },
      ]);
    };
    const resolver = { ...zoneResolver(new Map()), authoritative: endless };
    const { checks } = await audit(subject, { resolver });
    expect(asked).toBeLessThanOrEqual(400);
    expect(checks.filter(({ id, status }) => id === 'spf.lookups' && status === 'failed')).not.toEqual([]);
  });

  it('servers that take their time are left after two minutes, and what they were not asked is unknown', async () => {
    let seconds = 0;
    const slow = async ({ name, type }: Question) => {
      seconds += 10;
      const values = type === 'TXT' ? [toBytes(`v=spf1 include:a${seconds}.bad.test -all`)] : [];
      return foldAnswers([{ by: name, status: type === 'TXT' ? 'present' : 'absent', values }]);
    };
    const resolver = { ...zoneResolver(new Map()), authoritative: slow };
    const { questions, checks } = await audit(subject, { resolver }, () => seconds * 1000);
    expect(questions).toBeLessThan(100);
    expect(checks.find(({ id }) => id === 'spf.lookups')?.status).toBe('unknown');
  });

  it('circles of aliases, and names that are none, end', async () => {
    const zone = parseZone(
      'bad.test',
      '@ CNAME a.bad.test\na CNAME b.bad.test\nb CNAME a.bad.test\n_dmarc CNAME _dmarc.bad.test\ns1._domainkey CNAME s1._domainkey.bad.test',
    );
    const { checks } = await audit(subject, { resolver: zoneResolver(zone) });
    expect(checks.length).toBeGreaterThan(0);
  });

  it('whatever a zone holds, an audit ends, and nothing that was not heard is missing', async () => {
    const names = ['@', '_dmarc', 's1._domainkey', 'bounce', '_mta-sts', '_smtp._tls', 'default._bimi', 'a', 'b'];
    const line = fc.tuple(
      fc.constantFrom(...names),
      fc.oneof(
        record.map((text) => `TXT ${text.replaceAll('\n', ' ')}`),
        fc.constantFrom('MX 10 a.bad.test', 'MX 0 .', 'CNAME a.bad.test', 'A 10.0.0.1', 'A 8.8.8.8'),
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 12 }), async (lines) => {
        const zone = parseZone('bad.test', lines.map(([name, rest]) => `${name} ${rest}`).join('\n'));
        const { questions } = await audit(subject, { resolver: zoneResolver(zone) });
        expect(questions).toBeLessThanOrEqual(400);
      }),
      { numRuns: RUNS / 3 },
    );
  });

  it('what nobody answers is unknown, and never missing', async () => {
    const silent: Pick<Resolver, 'authoritative' | 'public' | 'zoneOf'> = {
      public: async () => foldAnswers([{ by: 'r', status: 'unknown', values: [], reason: 'no answer in 2 s' }]),
      authoritative: async () =>
        foldAnswers([{ by: 'ns1', status: 'unknown', values: [], reason: 'no answer in 2 s' }]),
      zoneOf: async () => ({ status: 'unknown', reason: 'no answer' }),
    };
    const { checks } = await audit(subject, { resolver: silent });
    expect(checks.filter(({ status }) => status === 'failed')).toEqual([]);
    expect(new Set(checks.map(({ status }) => status))).toEqual(new Set(['unknown']));
  });
});
