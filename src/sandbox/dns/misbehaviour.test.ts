import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { askWire, makeZone, openTestDns } from './wire.fixture.ts';

let world: Awaited<ReturnType<typeof openTestDns>>;
let addresses: string[] = [];

beforeAll(async () => {
  world = await openTestDns();
  const { dns } = world;
  const servers = ['ns1.odd.test', 'ns2.odd.test'].map((name) => dns.takeServer([name]));
  addresses = servers.map(({ address }) => address);
  for (const server of servers)
    server.shelf.set(
      makeZone('odd.test', [
        ['odd.test', 'TXT', 'here', 1],
        ['other.odd.test', 'TXT', 'too', 1],
      ]),
    );
  dns.registry.delegate('odd.test', ['ns1.odd.test', 'ns2.odd.test']);
});
afterAll(() => world.dns.standIn.close());
afterEach(() => {
  world.faults.clear();
  misbehave('DELETE');
  world.clock.advance(3600);
});

function misbehave(method: 'POST' | 'DELETE', body?: unknown): void {
  world.dns.standIn.control[`${method} /dns/misbehaviour`]?.(body, new URLSearchParams());
}

const direct = (server = 0, name = 'odd.test', type = 'TXT') =>
  askWire(addresses[server] ?? '', world.dns.port, name, type, { timeoutMs: 100 });
const resolved = (name = 'odd.test') =>
  askWire('127.0.0.1', world.dns.port, name, 'TXT', { recursionDesired: true, timeoutMs: 3000 });

it('hangs, refuses and fails by fault, for a type and a count', async () => {
  world.faults.add({ kind: 'throttle', system: 'dns', operation: 'TXT', count: 1 });
  expect((await direct())?.code).toBe(5);
  expect((await direct())?.code).toBe(0);
  world.faults.add({ kind: 'error-before', system: 'dns', operation: 'TXT', region: 'ns2.odd.test' });
  expect((await direct(0))?.code).toBe(0);
  expect((await direct(1))?.code).toBe(2);
  expect((await direct(1, 'odd.test', 'A'))?.code).toBe(0);
  world.ledger.clear();
  world.faults.add({ kind: 'hang', system: 'dns', operation: '*', region: 'ns1.odd.test' });
  expect(await direct(0)).toBeUndefined();
  expect(world.ledger.read()).toMatchObject([{ status: 'NONE' }]);
});

it('answers late', async () => {
  misbehave('POST', { kind: 'slow', ms: 60, server: 'ns1.odd.test' });
  const start = performance.now();
  await direct();
  expect(performance.now() - start).toBeGreaterThan(50);
});

it('is lame: no authority, pointing back to the root; the resolver goes to the other server', async () => {
  misbehave('POST', { kind: 'lame', server: addresses[0] });
  expect(await direct(0)).toMatchObject({
    code: 0,
    flag_aa: false,
    answers: [],
    authorities: [{ name: '.', type: 'NS' }],
  });
  expect((await resolved())?.answers).toHaveLength(1);
});

it('answers without the AA bit, for a name and what lies below', async () => {
  misbehave('POST', { kind: 'wrong-aa', name: 'other.odd.test' });
  expect(await direct(0, 'other.odd.test')).toMatchObject({ flag_aa: false, answers: [{ type: 'TXT' }] });
  expect((await direct())?.flag_aa).toBe(true);
  expect((await resolved('other.odd.test'))?.code).toBe(2);
});

it('makes the resolver say SERVFAIL when every server of the zone fails or is silent', async () => {
  misbehave('POST', [
    { kind: 'refused', server: 'ns1.odd.test' },
    { kind: 'hang', server: 'ns2.odd.test' },
  ]);
  expect((await resolved())?.code).toBe(2);
  misbehave('DELETE');
  expect((await resolved())?.code).toBe(0);
});

it('strikes at the resolver too, by its name', async () => {
  misbehave('POST', { kind: 'servfail', server: 'resolver', count: 1 });
  expect((await resolved())?.code).toBe(2);
  expect((await resolved())?.code).toBe(0);
});
