import { expect, it } from 'vitest';
import { explainSpf } from '../../src/domains/explain-spf.ts';
import { evaluateSpf } from '../../src/integrations/mail-auth.ts';
import { parseZone, zoneResolver } from '../zone-data.ts';

const dns = zoneResolver(
  parseZone(
    'own.test',
    `@ TXT v=spf1 ip4:192.0.2.1 -all
deaf TXT v=spf1 a:x.own.test a:y.own.test a:z.own.test ip4:192.0.2.1 -all
helo TXT v=spf1 ip4:192.0.2.9 -all`,
  ),
);
const explain = (from: string) =>
  explainSpf(
    { ip: '192.0.2.1', from, helo: 'helo.own.test.' },
    { resolver: dns, evaluate: (question, records) => evaluateSpf(question, dns, records) },
  );

it.each([
  ['news@own.test', 'own.test', 'pass'],
  ['news@Own.test.', 'own.test', 'pass'],
  ['own.test', 'own.test', 'pass'],
  ['', 'helo.own.test', 'fail'],
])('the sender "%s" is judged, and shown, by %s', async (from, domain, result) => {
  const found = await explain(from);
  expect([found.domain, found.trace.domain, found.verdict.result]).toEqual([domain, domain, result]);
  expect(found.trace.steps.find(({ verdict }) => verdict === 'match')?.term).toBe(
    result === 'pass' ? 'ip4:192.0.2.1' : '-all',
  );
});

it('no term matches behind the limit of empty look-ups', async () => {
  const { verdict, trace } = await explain('news@deaf.own.test');
  expect(verdict.result).toBe('permerror');
  expect(trace.steps.map((step) => step.verdict)).toEqual([
    ...['no match', 'no match', 'error'],
    ...['not reached', 'not reached'],
  ]);
});
