import { expect, it } from 'vitest';
import type { Check } from '../../src/core/checks/check.ts';
import { lintDkim } from '../../src/core/checks/lint-dkim.ts';
import { lintDmarc } from '../../src/core/checks/lint-dmarc.ts';
import { lintMtaStsPolicy, lintMtaStsRecord } from '../../src/core/checks/lint-mta-sts.ts';
import { lintTlsRpt } from '../../src/core/checks/lint-tls-rpt.ts';
import { conformance, dataFile } from './data.ts';

interface Cases {
  readonly good: readonly { text: string }[];
  readonly bad: readonly { text: string; why?: string; rfc9989?: string }[];
}
const cases = (path: string) => JSON.parse(dataFile(path)) as Cases;
const BAD = ['blocker', 'error'];
const faults = (found: readonly Check[], severities = BAD) =>
  found.filter(({ severity }) => severities.includes(severity));

conformance('auth/dmarc-records-mox', () => {
  const { good, bad } = cases('auth/dmarc-records-mox/dmarc-records.json');
  it.each(good)('good: $text', ({ text }) => {
    // An invalid sp or a missing p is an error to be shown, and still a record.
    const ids = faults(lintDmarc(text)).map(({ id }) => id);
    expect(ids.filter((id) => id !== 'dmarc.policy-missing' && id !== 'dmarc.policy-invalid')).toEqual([]);
  });
  it.each(bad)('bad: $text ($why)', ({ text, rfc9989 }) => {
    if (rfc9989?.startsWith('valid')) expect(faults(lintDmarc(text))).toEqual([]);
    else expect(faults(lintDmarc(text), [...BAD, 'warning'])).not.toEqual([]);
  });
});

conformance('auth/mta-sts-tlsrpt-mox', () => {
  const folder = 'auth/mta-sts-tlsrpt-mox';
  const kinds = [
    ['mta-sts-records', lintMtaStsRecord],
    ['mta-sts-policies', lintMtaStsPolicy],
    ['tlsrpt-records', lintTlsRpt],
  ] as const;
  for (const [file, lint] of kinds) {
    const { good, bad } = cases(`${folder}/${file}.json`);
    it.each(good)(`${file}, good: $text`, ({ text }) => expect(faults(lint(text))).toEqual([]));
    it.each(bad)(`${file}, bad: $text ($why)`, ({ text }) => expect(faults(lint(text))).not.toEqual([]));
  }
});

conformance('auth/dkim-dkimpy', () => {
  it.each([
    ['test.txt', []],
    ['test2.txt', []],
    ['badk.txt', ['dkim.key-type']],
    ['badversion.txt', ['dkim.version']],
    ['test_bad.txt', ['dkim.key-broken']],
    ['test_tlsrpt.txt', ['dkim.service']],
    ['ed25519test.dns', []],
    ['eximtest.dns', []],
  ])('%s', (file, ids) => {
    const text = dataFile(`auth/dkim-dkimpy/${file}`).trim();
    expect(faults(lintDkim(text)).map(({ id }) => id)).toEqual(ids);
  });
});
