import { describe, expect, it } from 'vitest';
import { toBytes } from '../core/records/txt.ts';
import { foldAnswers } from '../core/resolver.ts';
import { evaluateSpf } from '../integrations/mail-auth.ts';
import { explainSpf } from './explain-spf.ts';

/** Explains a record of a.test for 192.0.2.1; every other name has another address. */
async function explain(record: string) {
  let asked = 0;
  const resolver = {
    public: async ({ name, type }: { name: string; type: string }) => {
      asked += 1;
      const values = type === 'A' ? ['198.51.100.1'] : type === 'TXT' && name === 'a.test' ? [toBytes(record)] : [];
      return foldAnswers([{ by: 'r', status: values.length > 0 ? 'present' : 'absent', values }]);
    },
  };
  const { verdict, trace } = await explainSpf(
    { ip: '192.0.2.1', from: 'x@a.test', helo: 'a.test' },
    { resolver, evaluate: (question, records) => evaluateSpf(question, resolver, records) },
  );
  return { result: verdict.result, steps: trace.steps, asked };
}

describe('a record that receivers do not follow to its end', () => {
  it('ends at the look-up that is one too many, and nothing behind it is asked', async () => {
    const hosts = Array.from({ length: 500 }, (_, at) => `a:h${at}.a.test`);
    const { result, steps, asked } = await explain(`v=spf1 ${hosts.join(' ')} ip4:192.0.2.1 -all`);
    expect(result).toBe('permerror');
    expect(steps.slice(9, 12)).toEqual([
      { term: 'a:h9.a.test', verdict: 'no match' },
      { term: 'a:h10.a.test', verdict: 'error', reason: 'with it there are more than 10 look-ups' },
      { term: 'a:h11.a.test', verdict: 'not reached' },
    ]);
    expect(asked).toBeLessThan(50);
  });

  it('is read nowhere where one of its words is no term, which is named', async () => {
    const { result, steps } = await explain('v=spf1 ip4:192.0.2.1 ipv4:192.0.2.2 -all');
    expect(result).toBe('permerror');
    expect(steps).toEqual([
      { term: 'ip4:192.0.2.1', verdict: 'not reached' },
      { term: 'ipv4:192.0.2.2', verdict: 'error', reason: 'the term is unknown: it is ip4' },
      { term: '-all', verdict: 'not reached' },
    ]);
  });

  it('is read nowhere where a modifier stands twice, which is named', async () => {
    const { result, steps } = await explain('v=spf1 Redirect=b.test ip4:192.0.2.1 redirect=c.test -all');
    expect(result).toBe('permerror');
    expect(steps).toEqual([
      { term: 'Redirect=b.test', verdict: 'not reached' },
      { term: 'ip4:192.0.2.1', verdict: 'not reached' },
      { term: 'redirect=c.test', verdict: 'error', reason: 'redirect= stands more than once' },
      { term: '-all', verdict: 'not reached' },
    ]);
  });
});
