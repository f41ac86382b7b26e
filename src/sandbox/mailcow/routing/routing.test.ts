import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestMailcow, type TestMailcow } from '../cow.fixture.ts';

let t: TestMailcow;
beforeAll(async () => {
  t = await openTestMailcow();
  await t.control('POST /mailcow/domains', { domain: 'a.test', key_size: 0 });
});
afterAll(() => t.close());

it('adds relayhosts, also the same again, and finds them in the list alone', async () => {
  const relay = { hostname: '[smtp.test]:587', username: 'u', password: 'secret' };
  expect(await t.get('get/relayhost/all')).toEqual({});
  expect(await t.add('relayhost', relay)).toEqual(['success relayhost_added ']);
  await t.add('relayhost', relay);
  expect(await t.add('relayhost', { hostname: ' ' })).toEqual(['danger invalid_host ']);
  await t.edit('domain', ['a.test'], { relayhost: 2 });
  expect(await t.get('get/relayhost/all')).toMatchObject([
    { id: 1, ...relay, active: 1, password_short: 'sec...', used_by_domains: '' },
    { id: 2, used_by_domains: 'a.test' },
  ]);
  expect(await t.edit('relayhost', ['2', '9'], { hostname: 'other:25', active: 0 })).toEqual([
    'success object_modified ',
    'danger relayhost_invalid 9',
  ]);
  expect(await t.get('get/relayhost/2')).toMatchObject({ hostname: 'other:25', username: 'u', active: 0 });
  expect(await t.remove('relayhost', ['2'])).toEqual(['success relayhost_removed 2']);
  expect(await t.get('get/domain/a.test')).toMatchObject({ relayhost: '0' });
  expect(await t.get('get/relayhost/2')).toEqual({});
});

it('demands TLS of a next hop, once', async () => {
  const policy = { dest: '[Smtp.test]:587', policy: 'secure', parameters: '', active: '1' };
  expect(await t.add('tls-policy-map', policy)).toEqual(['success tls_policy_map_entry_saved [smtp.test]:587']);
  expect(await t.add('tls-policy-map', policy)).toEqual(['danger tls_policy_map_entry_exists [smtp.test]:587']);
  expect(await t.add('tls-policy-map', { ...policy, dest: 'b.test', parameters: 'x' })).toEqual([
    'danger tls_policy_map_parameter_invalid',
  ]);
  expect(await t.get('get/tls-policy-map/all')).toMatchObject([{ id: 1, dest: '[smtp.test]:587', active_int: 1 }]);
  expect(await t.remove('tls-policy-map', ['1'])).toEqual(['success tls_policy_map_entry_deleted 1']);
  expect(await t.get('get/tls-policy-map/all')).toEqual({});
});

it('keeps transports', async () => {
  const add = (attr: object) =>
    t.add('transport', { nexthop: 'host:25', username: '', password: '', active: 1, ...attr });
  expect(await add({ destination: 'example.org' })).toEqual(['success relayhost_added ']);
  expect(await add({ destination: 'example.org' })).toEqual(['danger transport_dest_exists']);
  expect(await add({ destination: '..x' })).toEqual(['danger invalid_destination']);
  expect(await add({ destination: '.example.org', nexthop: '' })).toEqual(['danger invalid_nexthop']);
  expect(await t.get('get/transport/all')).toMatchObject([{ id: 1, destination: 'example.org', lookup_mx: '0' }]);
  await t.remove('transport', [1]);
  expect(await t.get('get/transport/all')).toEqual({});
});

it('registers forwarding hosts by address, network, or whatever a name sends from', async () => {
  const { publish } = t.world.internet;
  publish('relay.test', 'relay.test', 'TXT', ['v=spf1 ip4:192.0.2.0/28 a:out.relay.test include:spf.relay.test -all']);
  publish('relay.test', 'out.relay.test', 'A', ['192.0.2.77']);
  publish('relay.test', 'spf.relay.test', 'TXT', ['v=spf1 mx:relay.test ~all']);
  publish('relay.test', 'relay.test', 'MX', ['10 mx.relay.test']);
  publish('relay.test', 'mx.relay.test', 'A', ['192.0.2.99']);
  expect(await t.get('get/fwdhost/all')).toEqual({});
  expect(await t.add('fwdhost', { hostname: '127.0.0.9', filter_spam: '1' })).toEqual([
    'success forwarding_host_added 127.0.0.9',
  ]);
  expect(await t.add('fwdhost', { hostname: 'relay.test' })).toEqual([
    'success forwarding_host_added 192.0.2.0/28, 192.0.2.77, 192.0.2.99',
  ]);
  expect(await t.add('fwdhost', { hostname: 'out.relay.test' })).toEqual(['success forwarding_host_added 192.0.2.77']);
  expect(await t.add('fwdhost', { hostname: 'nothing.test' })).toEqual(['danger invalid_host nothing.test']);
  expect(await t.get('get/fwdhost/all')).toEqual([
    { host: '127.0.0.9', source: '127.0.0.9', keep_spam: 'no' },
    { host: '192.0.2.0/28', source: 'relay.test', keep_spam: 'yes' },
    { host: '192.0.2.77', source: 'out.relay.test', keep_spam: 'yes' },
    { host: '192.0.2.99', source: 'relay.test', keep_spam: 'yes' },
  ]);
  expect(await t.remove('fwdhost', ['192.0.2.99', '127.0.0.9'])).toEqual([
    'success forwarding_host_removed 192.0.2.99',
    'success forwarding_host_removed 127.0.0.9',
  ]);
  expect(await t.get('get/fwdhost/all')).toHaveLength(2);
});
