import { expect, it } from 'vitest';
import { isGenericName, reverseName } from './reverse-name.ts';

it.each([
  ['203.0.113.5', '5.113.0.203.in-addr.arpa'],
  ['2001:db8::25', '5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa'],
  ['2001:DB8:0:0:1:0:0:1', '1.0.0.0.0.0.0.0.0.0.0.0.1.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa'],
  ['::1', `1.${'0.'.repeat(31)}ip6.arpa`],
  ['::ffff:203.0.113.5', '5.113.0.203.in-addr.arpa'],
  ['::FFFF:cb00:7105', '5.113.0.203.in-addr.arpa'],
  ['0:0:0:0:0:ffff:203.0.113.5', '5.113.0.203.in-addr.arpa'],
  ['::203.0.113.5', `5.0.1.7.0.0.b.c.${'0.'.repeat(24)}ip6.arpa`],
])('%s is below %s', (address, name) => expect(reverseName(address)).toBe(name));

it.each([
  ['203-0-113-5.rev.example.net', true],
  ['5.113.0.203.example.net', true],
  ['static.203.000.113.005.example.net', true],
  ['dynamic-17.example.net', true],
  ['host.pool.example.net', true],
  ['mail.example.org', false],
  ['mx5.example.org', false],
  ['dynamo.example.org', false],
  ['203-0-113-55.example.net', false],
])('%s: generic %s', (name, generic) => expect(isGenericName(name, '203.0.113.5')).toBe(generic));
