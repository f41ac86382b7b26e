import { expect, it } from 'vitest';
import { foldAnswers, type Resolver, type ServerAnswer } from '../core/resolver.ts';
import { askDns } from './ask-dns.ts';

const NAME = 'a.x.test';
const says = (by: string, ttl: number, ...values: string[]): ServerAnswer => ({ by, status: 'present', values, ttl });
const nothing = (by: string, missSeconds?: number): ServerAnswer => ({
  by,
  status: 'absent',
  values: [],
  ...(missSeconds === undefined ? {} : { missSeconds }),
});

async function wait(own: readonly ServerAnswer[], others: readonly ServerAnswer[], refresh = 1800) {
  const soa = refresh > 0 ? says('ns1', 7200, `ns1 host 1 ${refresh} 900 86400 600`) : nothing('ns1');
  const resolver: Resolver = {
    zoneOf: async () => ({ status: 'present', zone: 'x.test', servers: ['ns1', 'ns2'] }),
    authoritative: async ({ type }) => foldAnswers(type === 'SOA' ? [soa] : own),
    public: async () => foldAnswers(others),
  };
  const { status, wait: waits } = await askDns({ name: NAME, type: 'A' }, resolver);
  return { status, ...waits };
}

it('takes from resolvers what stands at the end of an alias into another zone', async () => {
  const leads = { ...nothing('ns1'), alias: 'a.y.test' };
  const says = (by: string, ...values: string[]): ServerAnswer => ({
    by,
    status: values.length > 0 ? 'present' : 'absent',
    values,
    alias: 'a.y.test',
  });
  expect(await wait([leads], [says('r1', '1.1.1.1'), says('r2', '1.1.1.2')])).toEqual({ status: 'present' });
  expect(await wait([leads], [says('r1')])).toEqual({ status: 'absent' });
  expect(await wait([leads], [{ ...nothing('r1'), status: 'unknown', reason: 'SERVFAIL' }])).toEqual({
    status: 'unknown',
  });
  expect(await wait([leads], [nothing('r1', 500)])).toMatchObject({ status: 'partial', resolvers: 500 });
});

it('says nothing of waits where all agree', async () => {
  expect(await wait([says('ns1', 300, '1.1.1.1')], [says('r1', 120, '1.1.1.1')])).toEqual({ status: 'present' });
});

it('counts an old value by what is left of it, and for others by its whole lifetime', async () => {
  const old = [says('r1', 120, '2.2.2.2'), says('r2', 40, '2.2.2.2'), says('r3', 299, '1.1.1.1')];
  expect(await wait([says('ns1', 300, '1.1.1.1')], old)).toEqual({ status: 'partial', resolvers: 120, everybody: 330 });
});

it('counts a miss by what the resolver says is left of it, else by the SOA’s last number', async () => {
  const own = [says('ns1', 300, '1.1.1.1')];
  expect(await wait(own, [nothing('r1', 500)])).toEqual({ status: 'partial', resolvers: 500, everybody: 660 });
  expect(await wait(own, [nothing('r1')])).toEqual({ status: 'partial', resolvers: 600, everybody: 660 });
});

it('counts servers that lag by the refresh of the zone, and then what caches have of them', async () => {
  const own = [says('ns1', 300, '1.1.1.1'), says('ns2', 300, '2.2.2.2')];
  expect(await wait(own, [])).toEqual({ status: 'partial', servers: 1800, everybody: 2130 });
  // Whoever lags a week is not done in two days.
  expect(await wait(own, [], 604_800)).toEqual({ status: 'partial', servers: 604_800, everybody: 605_130 });
  // How often they look is not known without an SOA.
  expect(await wait(own, [], 0)).toEqual({ status: 'partial', everybody: 330 });
});

it('counts an alias that was moved by its own TTL, not by that of what it led to', async () => {
  const ends = (by: string, alias: string, ttl: number, value: string): ServerAnswer => ({
    ...says(by, ttl, value),
    alias,
  });
  const hop = (by: string, alias: string, ttl: number): ServerAnswer => ({ ...says(by, ttl, alias), alias });
  const resolver = (own: ServerAnswer, ownHop: ServerAnswer, others: ServerAnswer[]): Resolver => ({
    zoneOf: async () => ({ status: 'present', zone: 'x.test', servers: ['ns1'] }),
    authoritative: async ({ type }) => foldAnswers(type === 'SOA' ? [] : [type === 'CNAME' ? ownHop : own]),
    public: async ({ type }) =>
      foldAnswers(type === 'CNAME' ? [hop('r1', 'old.test', 800), hop('r2', 'new.test', 850)] : others),
  });
  const others = [ends('r1', 'old.test', 45, '1.1.1.1'), ends('r2', 'new.test', 50, '2.2.2.2')];
  const moved = resolver(ends('ns1', 'new.test', 60, '2.2.2.2'), hop('ns1', 'new.test', 900), others);
  expect((await askDns({ name: NAME, type: 'A' }, moved)).wait).toEqual({ resolvers: 800, everybody: 990 });
  // What was an alias, and is an address now.
  const direct = resolver(says('ns1', 60, '2.2.2.2'), nothing('ns1'), others.slice(0, 1));
  expect((await askDns({ name: NAME, type: 'A' }, direct)).wait).toEqual({ resolvers: 800, everybody: 880 });
  // The alias is the same; what changed is behind it.
  const behind = resolver(ends('ns1', 'old.test', 60, '2.2.2.2'), hop('ns1', 'old.test', 900), others.slice(0, 1));
  expect((await askDns({ name: NAME, type: 'A' }, behind)).wait).toEqual({ resolvers: 45, everybody: 66 });
});
