import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startServer } from '../program.ts';

/** Zones by name, each as lines of a zone file below its SOA. */
export type ZoneFiles = Readonly<Record<string, readonly string[]>>;

/** A Knot server of its own at an address, with hand-written zones. */
export async function startKnot(
  knotd: string,
  folder: string,
  { addresses, port, zones }: { addresses: readonly string[]; port: number; zones: ZoneFiles },
): Promise<{ stop(): Promise<void> }> {
  const home = join(folder, `knot-${addresses[0]}`);
  for (const name of ['zones', 'run', 'db']) mkdirSync(join(home, name), { recursive: true });
  for (const [zone, lines] of Object.entries(zones)) {
    const soa = `@ 60 SOA ns1.host.test. hostmaster.${zone}. 1 60 60 3600 5`;
    writeFileSync(join(home, 'zones', `${zone}.zone`), `$ORIGIN ${zone}.\n$TTL 300\n${[soa, ...lines].join('\n')}\n`);
  }
  const conf = join(home, 'knot.conf');
  writeFileSync(
    conf,
    `server:
    rundir: ${home}/run
    listen: [${addresses.map((address) => `${address}@${port}`).join(', ')}]
log:
  - target: stdout
    any: info
database:
    storage: ${home}/db
control:
    listen: ${home}/run/knot.sock
template:
  - id: default
    storage: ${home}/zones
    file: "%s.zone"
zone:
${Object.keys(zones)
  .map((zone) => `  - domain: ${zone}`)
  .join('\n')}
`,
  );
  return startServer(knotd, ['-c', conf], { folder: home, ready: /server started.*?(PID \d+)/, timeoutMs: 20_000 });
}
