import { expect, it } from 'vitest';
import type { Fetched } from '../core/fetched.ts';
import { readRegistration } from './registration.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const json = (value: unknown): Fetched => ({
  status: 200,
  contentType: 'application/rdap+json',
  text: JSON.stringify(value),
});
const LIST = json({
  version: '1.0',
  services: [
    [
      ['com', 'net'],
      ['http://rdap.test/', 'https://rdap.test/v1/'],
    ],
  ],
});

async function ask(answer: Fetched, domain = 'example.com', list = LIST) {
  const asked: string[] = [];
  const read = readRegistration(
    async (url) => {
      asked.push(url);
      return url.endsWith('dns.json') ? list : answer;
    },
    () => NOW,
  );
  return { found: await read(domain), again: await read(domain), asked };
}

it('asks the registry of the top level over https, and the list once', async () => {
  const { found, asked } = await ask(
    json({
      status: ['active', 'Client Hold'],
      events: [
        { eventAction: 'registration', eventDate: '2000-01-01T00:00:00Z' },
        { eventAction: 'expiration', eventDate: '2026-01-11T00:00:00Z' },
      ],
    }),
  );
  expect(found).toEqual({ daysLeft: 10, states: ['active', 'client hold'] });
  expect(asked).toEqual([
    'https://data.iana.org/rdap/dns.json',
    ...Array(2).fill('https://rdap.test/v1/domain/example.com'),
  ]);
});

it.each<[string, Fetched, object, string?, Fetched?]>([
  ['no end', json({ events: [] }), { states: [] }],
  ['hostile', json({ events: [null, { eventAction: 'expiration', eventDate: {} }], status: [1, {}] }), { states: [] }],
  ['hostile, too', json({ events: [{ eventAction: 'expiration', eventDate: { toString: 1 } }] }), { states: [] }],
  [
    'no address',
    json({}),
    { silence: 'the registry of .com has no RDAP server' },
    'example.com',
    json({ services: [[['com'], ['https://', 'https://[x']]] }),
  ],
  ['no JSON', { status: 200, contentType: '', text: '<html>' }, { silence: 'rdap.test: an answer that is no RDAP' }],
  ['unknown there', { status: 404, contentType: '', text: '' }, { silence: 'rdap.test: it does not know the domain' }],
  ['too many questions', { status: 429, contentType: '', text: '' }, { silence: 'rdap.test: HTTP 429' }],
  ['another top level', json({}), { silence: 'the registry of .xy has no RDAP server' }, 'example.xy'],
  ['no list', json({}), { silence: 'the list of registries: no answer' }, 'example.com', { silence: 'no answer' }],
])('%s', async (_what, answer, wanted, domain, list) =>
  expect((await ask(answer, domain, list)).found).toEqual(wanted),
);
