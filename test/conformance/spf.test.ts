import { expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { lintSpf } from '../../src/core/checks/lint/lint-spf.ts';
import { isSpf } from '../../src/core/records/spf.ts';
import { toBytes } from '../../src/core/records/txt.ts';
import type { Question } from '../../src/core/resolver.ts';
import { explainSpf } from '../../src/domains/explain-spf.ts';
import { evaluateSpf } from '../../src/integrations/mail-auth.ts';
import { type ZoneData, zoneResolver } from '../zone-data.ts';
import { conformance, dataFile } from './data.ts';

type Entry = 'TIMEOUT' | Readonly<Record<string, unknown>>;
interface Scenario {
  readonly description: string;
  readonly tests: Readonly<
    Record<string, { helo: string; host: string; mailfrom: string; result: string | string[]; explanation?: string }>
  >;
  readonly zonedata: Readonly<Record<string, readonly Entry[]>>;
}
const ALL: readonly Question['type'][] = ['A', 'AAAA', 'CNAME', 'MX', 'PTR', 'TXT'];

/** The rules by which the suite's zones are read: its README. */
function readZone(data: Scenario['zonedata']): ZoneData {
  const zone = new Map<string, Partial<Record<Question['type'], string[] | 'unknown'>>>();
  for (const [name, entries] of Object.entries(data)) {
    const there: Partial<Record<Question['type'], string[] | 'unknown'>> = {};
    const hasTxt = entries.some((entry) => typeof entry === 'object' && 'TXT' in entry);
    for (const entry of entries) {
      if (entry === 'TIMEOUT') for (const type of ALL) there[type] ??= 'unknown';
      if (typeof entry !== 'object') continue;
      for (const [kind, value] of Object.entries(entry)) {
        const type = (kind === 'SPF' ? 'TXT' : kind) as Question['type'];
        if (kind === 'SPF' && hasTxt) continue;
        if (value === 'TIMEOUT') there[type] ??= 'unknown';
        else if (value !== 'NONE' && there[type] !== 'unknown')
          there[type] = [...(there[type] ?? []), show(type, value)];
      }
    }
    zone.set(name.toLowerCase().replace(/\.$/, ''), there);
  }
  return zone;
}

function show(type: string, value: unknown): string {
  const text = [value].flat().join(type === 'MX' ? ' ' : '');
  return type === 'TXT' ? toBytes(text) : text.toLowerCase().replace(/\.$/, '');
}

conformance('auth/spf-rfc7208', () => {
  const scenarios = parseAllDocuments(dataFile('auth/spf-rfc7208/rfc7208-tests.yml'), { uniqueKeys: false }).map(
    (document) => document.toJS() as Scenario,
  );
  const cases = scenarios.flatMap(({ description, tests, zonedata }) =>
    Object.entries(tests).map(([name, test]) => ({
      name: `${description}: ${name}`,
      zone: readZone(zonedata),
      ...test,
    })),
  );

  it('is the whole suite', () => expect(cases.length).toBeGreaterThanOrEqual(200));

  it.each(cases)('$name', async ({ zone, host, helo, mailfrom, result, explanation }) => {
    const dns = zoneResolver(zone);
    const question = { ip: host, helo, from: mailfrom, receiver: 'receiver.example.net' };
    const verdict = await evaluateSpf(question, dns);
    expect([result].flat()).toContain(verdict.result);
    if (explanation !== undefined && explanation !== 'DEFAULT')
      expect(verdict.explanation?.toLowerCase()).toBe(explanation.toLowerCase());
    // The way that is shown leads to the same verdict.
    const shown = await explainSpf(question, {
      resolver: dns,
      evaluate: (asked, records) => evaluateSpf(asked, dns, records),
    });
    const decided = shown.trace.steps.find((step) => step.verdict !== 'no match');
    if (['pass', 'fail', 'softfail'].includes(verdict.result)) expect(decided?.verdict).toBe('match');
    if (verdict.result === 'neutral') expect(['match', undefined]).toContain(decided?.verdict);
  });

  it('a record that lint finds nothing in is never a permanent error by its own text', async () => {
    const wrong: string[] = [];
    for (const { name, zone, helo, mailfrom, result } of cases) {
      const domain = mailfrom.slice(mailfrom.lastIndexOf('@') + 1) || helo;
      const txt = zone.get(domain.toLowerCase())?.TXT;
      const records = txt === undefined || txt === 'unknown' ? [] : txt.filter(isSpf);
      const [record] = records;
      if (records.length !== 1 || record === undefined) continue;
      const bad = lintSpf(record).filter(({ id }) => ['spf.syntax', 'spf.modifier-twice', 'spf.chunks'].includes(id));
      const isError = [result].flat().includes('permerror');
      if (bad.length > 0 && !isError)
        wrong.push(`${name}: lint says ${bad[0]?.seen[0]?.value}, and the result is ${result}`);
    }
    expect(wrong).toEqual([]);
  });
});
