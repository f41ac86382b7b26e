import { describe, expect, it } from 'vitest';
import type { Question } from '../../src/core/resolver.ts';
import { explainSpf } from '../../src/domains/explain-spf.ts';
import { evaluateSpf } from '../../src/integrations/mail-auth.ts';
import { parseZone, zoneResolver } from '../zone-data.ts';

const HOSTS = Array.from({ length: 500 }, (_, at) => `h${at}`);
const dns = zoneResolver(
  parseZone(
    'own.test',
    `@ TXT v=spf1 ip4:192.0.2.1 -all
deaf TXT v=spf1 a:x.own.test a:y.own.test a:z.own.test ip4:192.0.2.1 -all
helo TXT v=spf1 ip4:192.0.2.9 -all
many TXT v=spf1 ${HOSTS.map((host) => `a:${host}.own.test`).join(' ')} ip4:192.0.2.1 -all
double TXT v=spf1 Redirect=b.test ip4:192.0.2.1 redirect=c.test -all
spoilt TXT v=spf1 ip4:192.0.2.1 ipv4:192.0.2.2 -all
${HOSTS.map((host) => `${host} A 198.51.100.1`).join('\n')}`,
  ),
);

async function explain(from: string) {
  let asked = 0;
  const resolver = {
    public: (question: Question) => {
      asked += 1;
      return dns.public(question);
    },
  };
  const found = await explainSpf(
    { ip: '192.0.2.1', from, helo: 'helo.own.test.' },
    { resolver, evaluate: (question, records) => evaluateSpf(question, resolver, records) },
  );
  return { ...found, asked };
}

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

it('without a record no look-up is counted, and none that found nothing', async () => {
  const { verdict } = await explain('news@none.own.test');
  expect(verdict).toMatchObject({ result: 'none', lookups: { count: 0, empty: 0 } });
});

describe('a record that receivers do not follow to its end', () => {
  it('ends at the look-up that is one too many, and nothing behind it is asked', async () => {
    const { verdict, trace, asked } = await explain('news@many.own.test');
    expect(verdict.result).toBe('permerror');
    expect(trace.steps.slice(9, 12)).toEqual([
      { term: 'a:h9.own.test', verdict: 'no match' },
      { term: 'a:h10.own.test', verdict: 'error', reason: 'with it there are more than 10 look-ups' },
      { term: 'a:h11.own.test', verdict: 'not reached' },
    ]);
    expect(asked).toBeLessThan(50);
  });

  it('ends at the look-up that is one too many of those that find nothing', async () => {
    const { verdict, trace } = await explain('news@deaf.own.test');
    expect(verdict.result).toBe('permerror');
    expect(trace.steps.map((step) => step.verdict)).toEqual([
      ...['no match', 'no match', 'error'],
      ...['not reached', 'not reached'],
    ]);
  });

  it('is read nowhere where one of its words is no term, which is named', async () => {
    const { verdict, trace } = await explain('news@spoilt.own.test');
    expect(verdict.result).toBe('permerror');
    expect(trace.steps).toEqual([
      { term: 'ip4:192.0.2.1', verdict: 'not reached' },
      { term: 'ipv4:192.0.2.2', verdict: 'error', reason: 'the term is unknown: it is ip4' },
      { term: '-all', verdict: 'not reached' },
    ]);
  });

  it('is read nowhere where a modifier stands twice, which is named', async () => {
    const { verdict, trace } = await explain('news@double.own.test');
    expect(verdict.result).toBe('permerror');
    expect(trace.steps).toEqual([
      { term: 'Redirect=b.test', verdict: 'not reached' },
      { term: 'ip4:192.0.2.1', verdict: 'not reached' },
      { term: 'redirect=c.test', verdict: 'error', reason: 'redirect= stands more than once' },
      { term: '-all', verdict: 'not reached' },
    ]);
  });
});
