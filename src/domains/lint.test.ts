import { expect, it } from 'vitest';
import type { LintKind } from '../core/lint-report.ts';
import { lint } from './lint.ts';

it.each<[LintKind, string, string | undefined]>([
  ['spf', 'v=spf1 ipv4:192.0.2.1 incude:a.test -all', '"v=spf1 ip4:192.0.2.1 include:a.test -all"'],
  ['spf', '"v=spf1 include:a.test" "include:b.test ~all"', '"v=spf1 include:a.test include:b.test ~all"'],
  ['spf', 'v=spf1 frobnicate -all', undefined],
  ['spf', 'v=spf1 ipv4:192.0.2.1 redirect=a.test redirect=b.test', undefined],
  ['dmarc', 'v=DMARC1 p=reject rua=mailto:d@a.test', '"v=DMARC1; p=reject; rua=mailto:d@a.test"'],
  ['dmarc', 'v=dmarc1; p=none', '"v=DMARC1; p=none"'],
  ['dmarc', '\\"v=DMARC1; p=none\\"', '"v=DMARC1; p=none"'],
  ['dmarc', 'v=DMARC1 p=rejekt', undefined],
  ['mta-sts', 'v=STS1; id=1', '"v=STSv1; id=1"'],
  ['mta-sts', 'v=STSv1 id=2026-11-27;', '"v=STSv1; id=20261127"'],
  ['mta-sts', '\\"v=STSv1; id=1;\\"', '"v=STSv1; id=1"'],
  ['mta-sts', 'v=STSv1;', undefined],
  ['mta-sts', 'v=STSv2; id=1', undefined],
  ['mta-sts', 'v=STSv1; id=1; mode', undefined],
  ['tls-rpt', 'v=TLSRPT1; rua=mailto:t@a.test', '"v=TLSRPTv1; rua=mailto:t@a.test"'],
  ['tls-rpt', 'v=TLSRPTv1; rua = t@a.test', '"v=TLSRPTv1; rua=mailto:t@a.test"'],
  ['tls-rpt', 'v=tlsrptv1 rua=mailto:t@a.test mailto:u@a.test', '"v=TLSRPTv1; rua=mailto:t@a.test,mailto:u@a.test"'],
  [
    'tls-rpt',
    'v=TLSRPTv1; rua=mailto:t@a.test; rua=https://a.test/r',
    '"v=TLSRPTv1; rua=mailto:t@a.test,https://a.test/r"',
  ],
  ['tls-rpt', 'v=TLSRPTv1', undefined],
  ['tls-rpt', 'v=TLSRPTv1; rua=nobody', undefined],
])('of a broken record the one that was meant is shown: %s %s', async (kind, record, meant) => {
  const { findings } = await lint(kind, record, 'error', { logoFaults: async () => [] });
  expect(findings[0]?.fix?.match(/^Write (".*"): that was probably meant\.$/)?.[1]).toBe(meant);
});

it.each<[string, string | undefined]>([
  ['v=DMARC1; p=quarantine; rua=mailto:d@a.test; pct=100', 'v=DMARC1; p=quarantine; np=reject; rua=mailto:d@a.test'],
  ['v=DMARC1;p=none;pct=50;rua=mailto:d@a.test', 'v=DMARC1;p=none;rua=mailto:d@a.test'],
  ['v=DMARC1; p=none; sp=reject; pct=0; rua=mailto:d@a.test', 'v=DMARC1; p=none; sp=reject; t=y; rua=mailto:d@a.test'],
  ['v=DMARC1; p=reject; t=n; pct=50; rua=mailto:d@a.test', 'v=DMARC1; p=reject; t=n; rua=mailto:d@a.test'],
  ['v=DMARC1; p=rejekt; pct=50; rua=mailto:d@a.test', undefined],
])('of a share of the mail the record without it is shown: %s', async (record, mended) => {
  const { findings } = await lint('dmarc', record, 'error', { logoFaults: async () => [] });
  const fix = findings.find(({ id }) => id === 'dmarc.pct')?.fix;
  expect(fix?.match(/^Write "([^"]*)"/)?.[1]).toBe(mended);
});

it.each(['\\"v=DMARC1; p=none\\"', '“v=DMARC1; p=none; pct=50”', 'v=dmarc1; p=none'])(
  'of a policy that nobody can read only that is said: %s',
  async (record) => {
    const { findings } = await lint('dmarc', record, 'error', { logoFaults: async () => [] });
    expect(findings.map(({ severity }) => severity)).toEqual(['error']);
  },
);
