import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPlanner } from '../src/app/planner.ts';
import { startSandbox } from '../src/cli/sandbox-process.ts';
import { loadConfig } from '../src/config.ts';
import { type DomainSpec, NO_CONSENTS } from '../src/core/domain-spec.ts';
import { up } from '../src/domains/up.ts';

/** How a live zone is put at each host. */
const HOSTS = {
  cloudflare: (name: string) => ['/control/zones', { name }],
  porkbun: (name: string) => ['/control/porkbun/domains', { name }],
  route53: (name: string) => ['/control/route53/zones', { name }],
} as const satisfies Readonly<Record<string, (name: string) => readonly [path: string, body: object]>>;

function specOf(domain: string): DomainSpec {
  return {
    domain,
    dmarc: { policy: 'none', rua: [], ruf: [], reports: 'keep' },
    spf: { root: 'keep', include: ['amazonses.com'] },
    ses: {
      regions: ['us-east-1', 'us-west-2'],
      tenantFromProfile: false,
      dkim: 'replicated',
      mailFrom: 'per-region',
    },
    dns: { provider: 'auto' },
    ttl: 3600,
    consents: NO_CONSENTS,
  };
}

/** The calls that one run makes at each DNS host, for a new domain in two regions and for a second run, and how long it waits there. */
export async function measureHosts(): Promise<void> {
  const sandbox = await startSandbox();
  const folder = mkdtempSync(join(tmpdir(), 'mailwright-bench-'));
  const post = async (path: string, body: unknown, method = 'POST') => {
    const answer = await fetch(sandbox.control + path, {
      method,
      ...(method === 'POST' ? { body: JSON.stringify(body) } : {}),
    });
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
  };
  const run = async (domain: string) => {
    const config = loadConfig(sandbox.env, folder);
    const spec = specOf(domain);
    const began = performance.now();
    const planner = await openPlanner(config, [spec], { state: join(folder, domain), journal: 'file' });
    const [report] = await up([spec], planner.resources, planner.ground, {
      ask: async () => 'yes',
      approvedBy: 'flag',
      waitMs: 0,
      emit: () => {},
    });
    const ms = performance.now() - began;
    await planner.close();
    if (!report || report.errors.length > 0) throw new Error(JSON.stringify(report?.errors));
    return { ms, waited: planner.waitedMs() };
  };
  try {
    for (const [host, put] of Object.entries(HOSTS)) {
      const domain = `bench-${host}.test`;
      const [path, body] = put(domain);
      await post(path, body);
      for (const label of ['new domain', 'second run']) {
        await post('/ledger', undefined, 'DELETE');
        const { ms, waited } = await run(domain);
        const rows = (await (await fetch(`${sandbox.control}/ledger?system=${host}`)).json()) as {
          operation: string;
          status: number;
        }[];
        const counts = Map.groupBy(rows, (row) => row.operation);
        const shown = [...counts].map(([operation, all]) => `${all.length} ${operation}`).join(', ');
        const refused = rows.filter((row) => row.status !== 200).length;
        console.log(
          `${host}, ${label}: ${rows.length} calls (${shown}), ${refused} refused (aim: none); ${(ms / 1000).toFixed(1)} s, of which ${(waited / 1000).toFixed(1)} s waiting for its turn`,
        );
      }
    }
  } finally {
    await sandbox.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
