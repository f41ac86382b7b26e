import { expect, it } from 'vitest';
import type { Check } from '../../src/core/checks/check.ts';
import { lintDkim } from '../../src/core/checks/lint/lint-dkim.ts';
import { lintDmarc } from '../../src/core/checks/lint/lint-dmarc.ts';
import { lintMtaStsPolicy, lintMtaStsRecord } from '../../src/core/checks/lint/lint-mta-sts.ts';
import { lintTlsRpt } from '../../src/core/checks/lint/lint-tls-rpt.ts';
import { listedOrganisation, parseName } from '../../src/core/domain.ts';
import { lint } from '../../src/domains/lint.ts';
import { logoFaults } from '../../src/integrations/bimi.ts';
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

conformance('auth/bimi-svg-mailauth', () => {
  const logos = JSON.parse(dataFile('auth/bimi-svg-mailauth/svg-cases.json')) as {
    name: string;
    accept: boolean;
    svg: string;
  }[];
  it.each(logos)('$name', async ({ accept, svg }) => {
    const { valid } = await lint('bimi', svg.startsWith('<') ? svg : `<${svg}`, 'error', { logoFaults });
    expect((await logoFaults(svg)).length === 0).toBe(accept);
    if (accept) expect(valid).toBe(true);
  });
});

conformance('auth/bimi-mail-bimi', () => {
  it('takes the logo and the record, and refuses what is no https', async () => {
    const logo = dataFile('auth/bimi-mail-bimi/FM-good.svg');
    const valid = async (text: string) => (await lint('bimi', text, 'error', { logoFaults })).valid;
    expect(await valid(logo)).toBe(true);
    expect(await valid('v=BIMI1; l=https://fastmaildmarc.com/FM_BIMI.svg; a=')).toBe(true);
    expect(await valid('v=bimi1;l=http://bogus')).toBe(false);
  });
});

conformance('auth/public-suffix', () => {
  const rows = dataFile('auth/public-suffix/tests.txt')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('//'))
    .map((line) => line.trim().split(/\s+/) as [string, string]);
  it('is the whole suite', () => expect(rows.length).toBeGreaterThanOrEqual(70));
  // A name that begins with a dot is none, and refused before it is looked up.
  it.each(rows.filter(([input]) => input !== 'null' && !input.startsWith('.')))('%s: %s', (input, domain) => {
    expect(listedOrganisation(input) ?? 'null').toBe(domain);
  });
  it.each(rows.filter(([input]) => input.startsWith('.')))('%s is no name', (input) => {
    expect(() => parseName(input)).toThrow();
  });
});
