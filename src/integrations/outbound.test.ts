import { expect, it } from 'vitest';
import { type DomainSpec, NO_CONSENTS } from '../core/domain-spec.ts';
import { foldAnswers, type Resolver } from '../core/resolver.ts';
import { openOutbound, planOutbound } from './outbound.ts';

const HOST = 'mail.example.org';
const WISH = {
  domain: 'example.com',
  dmarc: { policy: 'none', rua: [], ruf: [], reports: 'keep' },
  spf: { root: 'keep', include: [] },
  outbound: { by: 'direct', hosts: [HOST] },
  dns: { provider: 'auto' },
  ttl: 3600,
  consents: NO_CONSENTS,
} satisfies DomainSpec;

/** What the host's addresses are called by a DNS that says this; null: nobody answers. */
async function look(zone: Readonly<Record<string, readonly string[] | null>>) {
  const resolver: Pick<Resolver, 'public'> = {
    async public({ name, type }) {
      const values = zone[`${name} ${type}`];
      const status = values === null ? 'unknown' : values === undefined ? 'absent' : 'present';
      return foldAnswers([{ by: 'a resolver', status, values: values ?? [] }]);
    },
  };
  const outbound = openOutbound({ resolver, readCredentials: async () => [] });
  const state = await outbound.read(WISH, { get: () => undefined, entries: () => [] }, false);
  return (planOutbound(WISH, state).checks ?? []).map(({ status, severity, name, seen, fix }) => [
    `${status} ${severity} ${name}: ${seen[0]?.value}`,
    ...(fix === undefined ? [] : [fix]),
  ]);
}

const ADDRESS = { [`${HOST} A`]: ['203.0.113.5'] };
const PTR = '5.113.0.203.in-addr.arpa PTR';
const SET = `Ask whoever gives the address 203.0.113.5 to set its reverse name (PTR) to ${HOST}.`;

it.each([
  ['the host’s own name', { [PTR]: [HOST] }, ['ok error 203.0.113.5: mail.example.org']],
  [
    'another name of it',
    { [PTR]: ['out.example.org'], 'out.example.org A': ['203.0.113.5'] },
    ['ok error 203.0.113.5: out.example.org'],
  ],
  ['none', {}, ['failed error 203.0.113.5: no reverse name', SET]],
  [
    'one that leads elsewhere',
    { [PTR]: ['old.example.net'], 'old.example.net A': ['203.0.113.9'] },
    ['failed error 203.0.113.5: old.example.net, which does not lead back to it', SET],
  ],
  [
    'a network’s',
    { [PTR]: ['203-0-113-5.isp.example'], '203-0-113-5.isp.example A': ['203.0.113.5'] },
    ['failed warning 203.0.113.5: 203-0-113-5.isp.example, a name that a network gives to its customers', SET],
  ],
  ['unknown', { [PTR]: null }, ['unknown error 203.0.113.5: its reverse name could not be looked up']],
  [
    'one of which nobody knows',
    { [PTR]: ['x.example.net'], 'x.example.net A': null },
    ['unknown error 203.0.113.5: x.example.net, whose own address could not be looked up'],
  ],
])('a host that sends has a reverse name: %s', async (_title, zone, expected) => {
  expect(await look({ ...ADDRESS, ...zone })).toEqual([expected]);
});

it('every address of it is looked at, IPv6 in whatever form it is written', async () => {
  const below = `${'5.2.0.0.'}${'0.'.repeat(20)}8.b.d.0.1.0.0.2.ip6.arpa PTR`;
  const zone = { [`${HOST} AAAA`]: ['2001:db8::25', '2001:db8::26'], [below]: [HOST] };
  expect((await look({ ...ADDRESS, ...zone })).map(([line]) => line)).toEqual([
    'failed error 203.0.113.5: no reverse name',
    'ok error 2001:db8::25: mail.example.org',
    'failed error 2001:db8::26: no reverse name',
  ]);
});

it('a host without an address can’t send; one that could not be asked is unknown', async () => {
  expect((await look({}))[0]?.[0]).toBe(`failed error ${HOST}: it has no address`);
  expect((await look({ [`${HOST} A`]: null }))[0]?.[0]).toBe(
    `unknown error ${HOST}: its address could not be looked up`,
  );
});
