import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lintSpf } from '../../src/core/checks/lint/lint-spf.ts';
import type { LintKind } from '../../src/core/lint-report.ts';
import { foldAnswers, type Question } from '../../src/core/resolver.ts';
import { lint } from '../../src/domains/lint.ts';
import { evaluateSpf } from '../../src/integrations/mail-auth.ts';

/** What lint says of a record, from `warning` on. */
async function said(kind: LintKind, record: string): Promise<string[]> {
  const { findings } = await lint(kind, record, 'error', { logoFaults: async () => [] });
  return findings.filter(({ severity }) => severity !== 'info' && severity !== 'advice').map(({ id }) => id);
}

describe('records, each with what is wrong with it', () => {
  it.each<[LintKind, string, string[]]>([
    ['spf', 'v=spf1 mx//64/24 -all', ['spf.syntax']],
    ['spf', 'v=spf1 a/24/ -all', ['spf.syntax']],
    ['spf', 'v=spf1 a/24//64 mx//64 -all', []],
    ['spf', 'v=spf1 include=spf.example.com -all', ['spf.modifier-unknown']],
    ['spf', 'v=spf1 ip4=8.8.8.8 -all', ['spf.modifier-unknown']],
    ['spf', 'v=spf1 redirct=spf.example.com', ['spf.modifier-unknown', 'spf.all-missing']],
    ['spf', 'v=spf1 mx -all v=spf1 include:a.example.com -all', ['spf.modifier-unknown', 'spf.after-all']],
    ['spf', 'v=spf1 mx -all ra=postmaster rp=100 rr=all', []],
    ['spf', 'v=spf1 -all ptr include:a.example.com include:a.example.com', ['spf.after-all']],
    ['spf', `"v=spf1 ${'ip4:8.8.8.8 '.repeat(21)}-all"`, ['spf.length-string']],
    ['spf', `v=spf1 ${'ip4:8.8.8.8 '.repeat(21)}-all`, []],
    // An IPv4 address stands at the end of an IPv6 one; as a range of IPv6 it matches nobody (RFC 7208 5).
    ['spf', 'v=spf1 ip6:8.8.8.8:: -all', ['spf.syntax']],
    ['spf', 'v=spf1 ip6:2a00:2:3:4:5:6:8.8.8.8 -all', []],
    ['spf', 'v=spf1 ip6:::ffff:8.8.8.8 ip6:::ffff:0:0/96 -all', ['spf.private', 'spf.private']],
    [
      'spf',
      'v=spf1 ip6:0:0:0:0:0:0:0:1 ip6:2001:0DB8::/32 ip6:2001:d00::/24 -all',
      ['spf.private', 'spf.private', 'spf.wide'],
    ],
    ['spf', 'v=spf1 ip4:192.168.1.77/16 -all', ['spf.private']],
    ['spf', 'v=spf1 ip4:8.8.8.8/0 a//0 mx/0 -all', ['spf.all-pass', 'spf.all-pass', 'spf.all-pass']],
    ['spf', 'v=spf1 -ip4:0.0.0.0/0 ip6:2600::/32 -all', []],
    ['spf', 'v=spf1 exists:mail.example.com ~all', ['spf.exists-fixed']],
    ['spf', 'v=spf1 exists:%{d}.%{v}.example.com ~all', ['spf.exists-fixed']],
    ['spf', 'v=spf1 exists:%{l}.users.%{d} exists:%{i}.x.test -all', []],
    ['spf', 'v=spf1 include:a.example.com,b.example.com -all', ['spf.odd-name']],
    ['spf', 'v=spf1 redirect=https://example.com', ['spf.odd-name']],
    [
      'spf',
      'v=spf1 a:*.example.com a:info@example.com a:%{o}.example.com a:_x.example.com -all',
      ['spf.odd-name', 'spf.odd-name'],
    ],
    ['spf', 'v=spf1 include:a.example.com-all', ['spf.chunks']],
    ['spf', 'v=spf1 include:all-all.example.com x=a-all -all', []],
    ['dmarc', ' v=DMARC1; p=reject; rua=mailto:d@example.com', ['dmarc.version']],
    ['dmarc', 'v=DMARC1; p="reject"; rua=mailto:d@example.com', ['dmarc.quoted']],
    ['dmarc', 'v=DMARC1\\; p=reject\\; rua=mailto:d@example.com', ['dmarc.quoted']],
    ['dmarc', '"v=DMARC1\\; p=reject\\059 rua=mailto:d@example.com"', []],
    ['dmarc', '_dmarc.a.test. 300 IN TXT ( "v=DMARC1; p=reject;"\n " rua=mailto:d@a.test" )', []],
    ['dmarc', '_dmarc TXT "v=DMARC1; p=reject; rua=mailto:d@a.test"', []],
    ['dmarc', 'v=DMARC1; p=reject; rua=mailto://d@example.com', ['dmarc.report-address']],
    ['dmarc', 'v=DMARC1; p=reject; rua=mailto:d@example..com', ['dmarc.report-address']],
    ['dmarc', 'v=DMARC1; p=reject; rua=mailto:d@-example.com', ['dmarc.report-address']],
    ['dmarc', 'v=DMARC1; p=reject; rua=mailto:a+b=c@x1.example.com!10m', []],
    ['dmarc', 'v=DMARC1; p=reject; rua=mailto:d@example.com; pct=101', ['dmarc.tag-value']],
    // Reports travel by mail alone (RFC 9990 3.5): beside a mailto another address is in vain, without one all of them are.
    ['dmarc', 'v=DMARC1; p=reject; rua=mailto:d@example.com,https://example.com/r', ['dmarc.report-scheme']],
    ['dmarc', 'v=DMARC1; p=reject; rua=https://example.com/r', ['dmarc.report-scheme', 'dmarc.reports-none']],
    ['dmarc', 'v=DMARC1; p=reject; rua=HTTP://x', ['dmarc.report-scheme', 'dmarc.reports-none']],
    ['dmarc', 'v=DMARC1; p=reject; rua=mailto:d@example.com; ruf=https://example.com/r', ['dmarc.report-scheme']],
    ['dmarc', 'v=DMARC1; p=reject; rua=mailto:a@example.com,mailto:a@EXAMPLE.com', ['dmarc.report-address']],
    ['dmarc', 'v=DMARC1; p=reject; rua=mailto:a@example.com;mailto:b@example.com', ['dmarc.report-address']],
    ['dmarc', 'v=DMARC1; p=reject; rua=mailto:mailto:d@example.com', ['dmarc.report-address']],
    ['dmarc', 'v=DMARC1; p=reject; rua=mailto:d@localhost', ['dmarc.report-address']],
    ['dmarc', 'v=DMARC1; p=reject; rua=mailto:d@192.0.2.1', ['dmarc.report-address']],
    ['dmarc', 'v=DMARC1; p=reject; rua=mailto:%22d:x%22@example.com', []],
    ['dmarc', 'v=DMARC1; p=reject; rua=mailto:d@a.test; ruf=mailto:f@a.test; fo=0:1:d:s', ['dmarc.tag-value']],
    ['dmarc', 'v=DMARC1; p=reject; rua=mailto:d@a.test; ruf=mailto:f@a.test; fo=d:D', ['dmarc.tag-value']],
    ['dmarc', 'v=DMARC1; p=reject; rua=mailto:d@a.test; ruf=mailto:f@a.test; fo=1 : d:S', []],
    ['dmarc', 'v=DMARC1; p=none; sp=reject; np=none; rua=mailto:d@example.com', ['dmarc.subdomain-weaker']],
    ['dmarc', 'v=DMARC1; p=quarantine; sp=reject; np=quarantine; rua=mailto:d@example.com', ['dmarc.subdomain-weaker']],
    ['dmarc', 'v=DMARC1; p=reject; sp=none; np=x; rua=mailto:d@example.com', ['dmarc.policy-invalid']],
    ['mta-sts', 'v=STSv1; id =1', ['mta-sts.record']],
    ['mta-sts', 'v=STSv1; id=1; id=2', ['mta-sts.record']],
    ['tls-rpt', 'v=TLSRPTv1; rua= mailto:t@example.com', ['tls-rpt.record']],
    ['tls-rpt', 'v=TLSRPTv1; rua=https://example.com/a!b', ['tls-rpt.record']],
    ['tls-rpt', 'v=TLSRPTv1; rua=mailto:a@example.com; rua=mailto:b@example.com', ['tls-rpt.record']],
    ['tls-rpt', 'v=TLSRPTv1; rua=mailto:a@example.com,mailto:a@example.com', ['tls-rpt.record']],
    ['tls-rpt', 'v=TLSRPTv1; rua=https://localhost/r', ['tls-rpt.record']],
    ['tls-rpt', 'v=TLSRPTv1; rua=https://example..com/r', ['tls-rpt.record']],
    ['tls-rpt', 'v=TLSRPTv1; rua=https://example.com:port/r', ['tls-rpt.record']],
    ['tls-rpt', 'v=TLSRPTv1; rua=https://example.com:8443/r,https://[2600::1]/r', []],
    ['bimi', 'v=bimi1; l=https://example.com/l.svg; a=https://example.com/c.pem', ['bimi.record']],
    [
      'bimi',
      'v=BIMI1; l=https://example.com/l.svg,https://example.com/m.svg; a=https://example.com/c.pem',
      ['bimi.record'],
    ],
    ['bimi', 'v=BIMI1;', ['bimi.record']],
    ['bimi', 'v=BIMI1; L=https://example.com/l.svg; a=https://example.com/c.pem', ['bimi.record', 'bimi.unknown-tag']],
    ['bimi', 'v=BIMI1; l=https://example.com/l.png; a=https://example.com/c.pem', ['bimi.record']],
    ['bimi', 'v=BIMI1; l=https://example.com/l.svg?v=.png; a=https://example.com/c.svg', ['bimi.record']],
    ['bimi', 'v=BIMI1; l=https://example.com/lögo.svg; a=https://example.com/c.pem', ['bimi.record']],
    [
      'bimi',
      'v=BIMI1; l=https://example..com/l.svg; a=https://example.com:99999/c.pem',
      ['bimi.record', 'bimi.record'],
    ],
    ['bimi', 'v=BIMI1; l=https://example.com/l.svg; a=https://example.com/c.pem; apv=brand', ['bimi.unknown-tag']],
    ['bimi', 'v=BIMI1; l=https://example.com/l.svg; a=https://example.com/c.pem; avp=Brand', ['bimi.record']],
    ['bimi', 'v=BIMI1; l=; a=; lps=true', []],
    ['bimi', 'v=BIMI1; l=https://a.test/l.svg; a=https://a.test/c.pem; lps=news, sales-', []],
    ['bimi', 'v=BIMI1; l=https://a.test/l.svg; a=https://a.test/c.pem; lps=a@b', ['bimi.record']],
    ['mta-sts', 'v=STSv1; id=1; a=b; a=c', ['mta-sts.record']],
    ['mta-sts', 'v=STSv1; id=1; a=b', []],
    ['mta-sts', 'v=STSv1 ; id=1', ['mta-sts.record']],
    ['mta-sts', 'v=STSv1; id=1; ID=2', ['mta-sts.unknown-tag']],
    ['tls-rpt', 'v=TLSRPTv1; rua=mailto:a@a.test; ruf=mailto:b@a.test', ['tls-rpt.unknown-tag']],
    [
      'mta-sts',
      'version: STSv1\nmode: enforce\nmx: mx.a.test\nmx: 192.0.2.1\nmx: mx\nmax_age: 1209600\n',
      ['mta-sts.policy', 'mta-sts.policy'],
    ],
    ['dkim', 'v=DKIM1; k=rsa; x-y=z; p=', ['dkim.syntax']],
    ['dkim', 'v=DKIM1; k=rsa; 1x=z; p=', ['dkim.syntax']],
  ])('%s: %s', async (kind, record, ids) => expect((await said(kind, record)).toSorted()).toEqual(ids.toSorted()));

  it('what is repeated is valid: the first counts (RFC 8461 3.2)', async () => {
    const policy = 'version: STSv1\nmode: enforce\nmode: none\nmx: mx.example.com\nmax_age: 1209600\n';
    const valid = async (record: string) =>
      (await lint('mta-sts', record, 'error', { logoFaults: async () => [] })).valid;
    expect([await valid(policy), await valid('v=STSv1; id=1; id=2')]).toEqual([true, true]);
  });

  it('beside a sub-domain policy that can’t be read no policy counts (RFC 9989 4.10.1)', async () => {
    const { findings } = await lint('dmarc', 'v=DMARC1; p=quarantine; sp=no; rua=mailto:d@example.com', 'error', {
      logoFaults: async () => [],
    });
    expect(findings.map(({ id, seen: [first] }) => `${id} ${first?.value}`)).toEqual(['dmarc.policy-invalid sp=no']);
    expect(findings[0]?.why).toMatch(/as with p=none/);
  });

  it('tags in capitals are told: receivers that follow RFC 6376 do not know them', async () => {
    const { findings } = await lint('dmarc', 'V=DMARC1; P=Reject; rua=MAILTO:d@example.com', 'error', {
      logoFaults: async () => [],
    });
    expect(findings.map(({ id, seen: [first] }) => `${id} ${first?.value}`)).toEqual(['dmarc.tag-case P=']);
  });
});

describe('SPF records made of pieces', () => {
  const name = fc.constantFrom(
    ...[
      'a.test',
      'x_y.test.',
      '-a.test',
      'a.-b',
      'a.test-',
      '1.2.3.4',
      'test',
      'a.b.1',
      'a.xn--abc',
      'a,b.test',
      'a/b.test',
    ],
    ...[
      '%{i}.a.test',
      '%{ir}.x',
      '%{d0}',
      '%{d1r+.}.a',
      '%{c}.a.test',
      '%{x}.test',
      '%%.a.test',
      '%a',
      '%{d',
      'a:b.test',
      '',
    ],
  );
  const range = fc.constantFrom(
    '',
    '',
    '/0',
    '/24',
    '/33',
    '/024',
    '/',
    '//',
    '//64',
    '//129',
    '/24//64',
    '//64/24',
    '/a',
    '/24/',
  );
  const sign = fc.constantFrom('', '', '+', '-', '~', '?', '!');
  const joined = (...parts: fc.Arbitrary<string>[]) => fc.tuple(...parts).map((all) => all.join(''));
  const term = fc.oneof(
    joined(sign, fc.constantFrom('a', 'MX'), fc.oneof(fc.constant(''), joined(fc.constant(':'), name)), range),
    joined(
      sign,
      fc.constantFrom('include', 'exists', 'Ptr'),
      fc.oneof(fc.constant(''), joined(fc.constant(':'), name)),
    ),
    joined(
      sign,
      fc.constantFrom('ip4', 'ip6'),
      fc.constantFrom(':', ''),
      fc.constantFrom('8.8.8.8', '08.8.8.8', '::1', '1::2::3', ''),
      range,
    ),
    joined(fc.constantFrom('redirect', 'exp', 'f-o', '1f', 'include', 'all'), fc.constant('='), name),
    joined(sign, fc.constantFrom('all', 'all:', 'al')),
  );
  /** Everything that a record names is there. */
  const kind = (record: string) => ({
    public: async ({ name: asked, type }: Question) => {
      const texts = [asked === 'own.test' ? record : 'v=spf1 ?all'];
      const there: Partial<Record<Question['type'], string[]>> = {
        TXT: texts,
        A: ['9.9.9.9'],
        MX: ['10 m.test'],
        PTR: ['m.test'],
      };
      const values = there[type] ?? [];
      return foldAnswers([
        { by: 'test', status: values.length > 0 ? ('present' as const) : ('absent' as const), values },
      ]);
    },
  });

  it('have a blocker exactly where another implementation finds a permanent error', async () => {
    const FATAL = ['spf.syntax', 'spf.chunks', 'spf.modifier-twice', 'spf.lookups'];
    await fc.assert(
      fc.asyncProperty(fc.array(term, { minLength: 1, maxLength: 3 }), async (terms) => {
        const record = ['v=spf1', ...terms].join(' ');
        // That a name leads back to itself, no record shows by itself.
        fc.pre(!/%\{d1r/i.test(record));
        const { result } = await evaluateSpf({ ip: '198.51.100.7', from: 'u@own.test', helo: 'h.test' }, kind(record));
        expect(lintSpf(record).some(({ id }) => FATAL.includes(id))).toBe(result === 'permerror');
      }),
      { numRuns: process.env.TEST_THOROUGH ? 20_000 : 1000 },
    );
  });
});
