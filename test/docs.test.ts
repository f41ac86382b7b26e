import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { generatedDocs } from '../scripts/docs.ts';
import { ROUTE53_CALLS } from '../src/integrations/dns/route53-permissions.ts';
import { SES_CALLS } from '../src/integrations/ses/calls.ts';

const docs = await generatedDocs();

describe('generated documentation is what the code says', () => {
  it.each([...docs])('%s', (path, text) => {
    expect(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')).toBe(text);
  });
});

it('the IAM policy allows exactly the calls that the code can make, and what they need besides', () => {
  const policy = JSON.parse(readFileSync(new URL('../docs/iam-policy.json', import.meta.url), 'utf8')) as {
    Statement: { Action: string[] }[];
  };
  const allowed = new Set(policy.Statement.flatMap((one) => one.Action));
  const also = Object.values(SES_CALLS).flatMap((call) => ('also' in call ? call.also.map((one) => one.action) : []));
  expect(allowed).toEqual(new Set([...Object.keys(SES_CALLS).map((call) => `ses:${call}`), ...also]));
});

it('the Route 53 policy allows exactly the commands that its client sends, and nothing that writes over a set unseen', () => {
  const text = readFileSync(new URL('../src/integrations/dns/route53-api.ts', import.meta.url), 'utf8');
  const sent = [...text.matchAll(/new sdk\.(\w+)Command\(/g)].map(([, name]) => name);
  expect(new Set(sent)).toEqual(new Set(Object.keys(ROUTE53_CALLS)));
  const policy = JSON.parse(readFileSync(new URL('../docs/iam-policy-route53.json', import.meta.url), 'utf8')) as {
    Statement: { Action: string[] }[];
  };
  const allowed = policy.Statement.flatMap((one) => one.Action);
  expect(allowed.toSorted()).toEqual(
    Object.keys(ROUTE53_CALLS)
      .map((call) => `route53:${call}`)
      .toSorted(),
  );
});
