import { readFileSync, writeFileSync } from 'node:fs';
import * as z from 'zod';
import type { LiveRecord } from '../../src/core/dns.ts';
import type { DnsProvider, Zone } from '../../src/core/dns-provider.ts';
import { Problem } from '../../src/core/problem.ts';

export const name = 'toy';
export const title = 'The toy host';
export const credentials = 'a file of zones';

export const settings = z.strictObject({
  file: z.string().meta({ env: 'TOY_FILE', secret: true, title: 'File of zones, by name' }),
});

export const serves = (nameServer: string) => nameServer.endsWith('.toy.example');

export function open({ file }: z.infer<typeof settings>): DnsProvider {
  const load = () => JSON.parse(readFileSync(file, 'utf8')) as Record<string, LiveRecord[]>;
  const toZone = (zone: string): Zone => ({ id: zone, name: zone, account: 'toy', nameServers: [] });
  return {
    name,
    limits: {
      by: 'us',
      unit: 'record',
      reads: 'zone',
      minTtl: 60,
      maxTtl: 86_400,
      txtBytes: 2048,
      batch: 100,
      marker: 'none',
      apexCname: 'refused',
    },
    async findZone(domain) {
      const zone = Object.keys(load()).find((one) => domain === one || domain.endsWith(`.${one}`));
      if (zone !== undefined) return toZone(zone);
      throw new Problem('conflict', 'toy.no-zone', `The toy host has no zone for ${domain}.`, { fix: 'Add it.' });
    },
    zones: async () => Object.keys(load()).map(toZone),
    records: async (zone) => load()[zone.name] ?? [],
    async apply(zone, changes, report) {
      const all = load();
      let records = all[zone.name] ?? [];
      for (const { id, before, after } of changes) {
        report.start(id);
        const old = before as unknown as LiveRecord | undefined;
        if (old)
          records = records.filter(
            (one) => !(one.name === old.name && one.type === old.type && one.value === old.value),
          );
        if (after !== undefined) records = [...records, after as unknown as LiveRecord];
        report.outcome(id, { status: 'done' });
      }
      writeFileSync(file, JSON.stringify({ ...all, [zone.name]: records }));
    },
  };
}
