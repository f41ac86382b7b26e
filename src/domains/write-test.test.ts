import { expect, it } from 'vitest';
import type { LiveRecord } from '../core/dns.ts';
import type { DnsProvider, Zone } from '../core/dns-provider.ts';
import { Problem } from '../core/problem.ts';
import type { Change } from '../core/resource.ts';
import { testDnsWrites, withWritten } from './write-test.ts';

const ZONE: Zone = { id: 'z', name: 'example.com', account: 'a', nameServers: [] };
const refused = () => new Problem('account', 'x.refused', 'Refused.', { fix: 'Allow it.' });

/** A zone in memory; `refuses`: the verbs that its owner does not allow. */
function zoneInMemory(refuses: readonly Change['verb'][] = []) {
  const records: LiveRecord[] = [];
  const provider: DnsProvider = {
    name: 'memory',
    limits: {
      by: 'us',
      unit: 'record',
      reads: 'zone',
      minTtl: 600,
      maxTtl: 86_400,
      txtBytes: 2048,
      batch: 1,
      marker: 'comment',
      apexCname: 'refused',
    },
    findZone: async () => ZONE,
    zones: async () => [ZONE],
    records: async () => [...records],
    async apply(_zone, changes, report) {
      for (const { id, verb, after } of changes) {
        if (refuses.includes(verb)) throw refused();
        if (verb === 'create') records.push({ ...(after as unknown as LiveRecord), id: '1' });
        else records.splice(0, 1);
        report.outcome(id, { status: 'done' });
      }
    },
  };
  return { provider, records };
}

const run = (provider: DnsProvider, names = ['example.com']) =>
  testDnsWrites(names, { mark: '1a2b', dnsFor: async () => provider });

it('writes one record and removes it, once for each zone', async () => {
  const { provider, records } = zoneInMemory();
  const lines = await run(provider, ['example.com', 'news.example.com']);
  expect(lines.map(({ status, says }) => [status, says])).toEqual([
    ['ok', 'proved: _mailwright-check-1a2b.example.com TXT was written'],
    ['ok', 'proved: it was removed again'],
  ]);
  expect(records).toEqual([]);
});

it('a refused write is refused, with its way out', async () => {
  const { provider } = zoneInMemory(['create']);
  expect(await run(provider)).toMatchObject([{ status: 'refused', says: 'Refused.', fix: 'Allow it.' }]);
});

it('what can’t be removed is named, with where it is', async () => {
  const { provider, records } = zoneInMemory(['delete']);
  const lines = await run(provider);
  expect(records).toHaveLength(1);
  expect(lines[1]).toMatchObject({ status: 'broken', permission: { action: 'remove records' } });
  expect(lines[1]?.says).toBe('LEFT BEHIND: _mailwright-check-1a2b.example.com TXT could not be removed: Refused.');
  expect(lines[1]?.fix).toContain('_mailwright-check-1a2b.example.com TXT');
});

it('begins nothing once it is told to stop', async () => {
  const { provider } = zoneInMemory();
  const stop = AbortSignal.abort();
  expect(await testDnsWrites(['example.com'], { mark: '1', dnsFor: async () => provider, stop })).toEqual([]);
});

it('what a test has tried is no longer open; what it could not try is', () => {
  const open = {
    id: 'memory.permission',
    system: 'memory',
    about: 'example.com',
    status: 'unprovable' as const,
    permission: { action: 'DNS:Edit' },
    says: 'not provable',
  };
  const tried = { ...open, id: 'memory.write-test', status: 'ok' as const, permission: { action: 'write records' } };
  expect(withWritten([open], [tried])).toEqual([tried]);
  expect(withWritten([open], [{ ...tried, about: 'example.net' }])).toContain(open);
  expect(withWritten([open], [{ ...tried, status: 'unknown' }])).toContain(open);
});
