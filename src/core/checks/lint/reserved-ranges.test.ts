import { expect, it } from 'vitest';
import { isReserved, leadsInside } from './reserved-ranges.ts';

it.each<[address: string, bits: number | undefined, reserved: boolean]>([
  ['8.8.8.8', undefined, false],
  ['10.0.0.1', undefined, true],
  ['100.63.255.255', undefined, false],
  ['100.64.0.1', undefined, true],
  ['172.32.0.1', undefined, false],
  ['239.1.1.1', undefined, true],
  // Whoever begins a range in its middle means the whole of it.
  ['10.5.5.5', 8, true],
  ['10.0.0.0', 7, false],
  ['0.0.0.0', 0, false],
  ['2606:4700::1111', undefined, false],
  ['0:0:0:0:0:0:0:1', undefined, true],
  ['::ffff:8.8.8.8', undefined, true],
  ['fe80::1', undefined, true],
  ['fd00::1', 64, true],
  ['2002:808:808::1', undefined, true],
  ['2001:db8::', 32, true],
  ['2001:db8::', 16, false],
  ['::', 0, false],
])('%s, range %s: reserved %s', (address, bits, reserved) => {
  expect(isReserved(address, bits)).toBe(reserved);
  if (bits === undefined) expect(leadsInside(address)).toBe(reserved);
});

it('examples of IPv4 in documents send no mail, and lead nowhere', () => {
  expect(['192.0.2.1', '198.51.100.1', '203.0.113.1'].map((one) => [isReserved(one), leadsInside(one)])).toEqual(
    Array.from({ length: 3 }, () => [true, false]),
  );
});
