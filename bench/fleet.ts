import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPlanner } from '../src/app/planner.ts';
import { startSandbox } from '../src/cli/sandbox-process.ts';
import { loadConfig } from '../src/config.ts';
import { type DomainSpec, NO_CONSENTS } from '../src/core/domain-spec.ts';
import { look } from '../src/domains/look.ts';
import { up } from '../src/domains/up.ts';

const DOMAINS = 50;
const REGIONS = ['us-east-1', 'us-west-2'];
/** Calls a second, so that the figure comes within a minute: AWS's own pace is one, and everything scales with it. */
const RATE = 10;

function spec(domain: string): DomainSpec {
  return {
    domain,
    dmarc: { policy: 'none', rua: [], ruf: [], reports: 'keep' },
    spf: { root: 'keep', include: ['amazonses.com'] },
    ses: { regions: REGIONS, tenant: 'fleet', tenantFromProfile: true, dkim: 'replicated', mailFrom: 'per-region' },
    dns: { provider: 'cloudflare' },
    ttl: 3600,
    consents: NO_CONSENTS,
  };
}

/** `up` and `check` of many domains in one run: SES calls for each, and wall time against what the pace alone would take. */
export async function measureFleet(): Promise<void> {
  const sandbox = await startSandbox();
  const folder = mkdtempSync(join(tmpdir(), 'mailwright-bench-'));
  const post = async (path: string, body?: unknown, method = 'POST') => {
    const answer = await fetch(sandbox.control + path, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
  };
  const calls = async (region: string) => {
    const rows = (await (await fetch(`${sandbox.control}/ledger?system=ses`)).json()) as { region?: string }[];
    return rows.filter((row) => row.region === region).length;
  };
  try {
    await post('/control/cloudflare/edge', { delayMs: 0 });
    const specs = Array.from({ length: DOMAINS }, (_, n) => spec(`fleet${n}.test`));
    for (const { domain } of specs) await post('/control/zones', { name: domain });
    const config = loadConfig({ ...sandbox.env, MAILWRIGHT_SES_CONTROL_RATE: String(RATE) }, folder);
    const measure = async (what: string, act: (planner: Awaited<ReturnType<typeof openPlanner>>) => Promise<void>) => {
      await post('/ledger', undefined, 'DELETE');
      const planner = await openPlanner(config, specs, { state: folder, journal: 'file' });
      const began = performance.now();
      await act(planner);
      const seconds = (performance.now() - began) / 1000;
      await planner.close();
      const busiest = Math.max(...(await Promise.all(REGIONS.map(calls))));
      const paced = Math.max(0, busiest - 10) / RATE;
      console.log(
        `${what} of ${DOMAINS} domains in ${REGIONS.length} regions, ${RATE} calls a second: ${(busiest / DOMAINS).toFixed(2)} SES calls for each domain and region (aim: at most 6); ` +
          `${seconds.toFixed(1)} s, the pace alone takes ${paced.toFixed(1)} s: ratio ${(seconds / (busiest / RATE)).toFixed(2)} (aim: at most 1.1)`,
      );
    };
    let waits = new Set<string>();
    await measure('up', async ({ ground, resources }) => {
      const reports = await up(specs, resources, ground, {
        ask: async () => 'yes',
        approvedBy: 'flag',
        waitMs: 0,
        emit(event) {
          if (event.kind === 'waiting') waits.add(event.what.replace(/\d+ calls/, 'N calls'));
        },
      });
      const bad = reports.filter((report) => report.errors.length > 0);
      if (bad.length > 0) throw new Error(JSON.stringify(bad[0]?.errors));
    });
    console.log(`  it said that it waited for: ${[...waits].join('; ')}`);
    waits = new Set();
    await measure('check', async ({ ground, resources }) => {
      await look('check', specs, resources, ground, () => {});
    });
  } finally {
    await sandbox.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
