import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPlanner } from '../src/app/planner.ts';
import { startSandbox } from '../src/cli/sandbox-process.ts';
import { loadConfig } from '../src/config.ts';
import { type DomainSpec, NO_CONSENTS } from '../src/core/domain-spec.ts';
import { up } from '../src/domains/up.ts';

const LATENCY_MS = 100;

/**
 * The longest chain of outside calls of which each needs the one before, for a new domain in two regions with a tenant at Cloudflare.
 * What runs beside it (STS and the SES reads, the zone look-up and list) is shorter.
 */
const CHAIN = [
  'DNS: name servers of the zone …',
  'DNS: … which the resolver asks the zone’s own servers',
  'DNS: their addresses',
  'DNS: is the MAIL FROM name free?',
  'SES: CreateConfigurationSet',
  'SES: CreateEmailIdentity, parent (names the set)',
  'SES: CreateEmailIdentity, replica (needs the parent)',
  'SES: CreateTenantResourceAssociation (needs the replica)',
  'Cloudflare: list (re-read before writing)',
  'Cloudflare: batch (needs the tokens and the list)',
  'DNS: are the records served?',
  'SES: PutEmailIdentityMailFromAttributes (only once they are)',
  'Cloudflare: list (the last look)',
  'DNS: are the listed records served?',
];

function spec(domain: string): DomainSpec {
  return {
    domain,
    dmarc: { policy: 'none', rua: [], ruf: [], reports: 'keep' },
    spf: { root: 'keep', include: ['amazonses.com'] },
    ses: {
      regions: ['us-east-1', 'us-west-2'],
      tenant: domain.replace('.', '-'),
      tenantFromProfile: true,
      dkim: 'replicated',
      mailFrom: 'per-region',
      onMxFailure: 'USE_DEFAULT_VALUE',
    },
    dns: { provider: 'cloudflare' },
    ttl: 3600,
    consents: NO_CONSENTS,
  };
}

/** `up` of a new domain in two regions: wall time against the critical path, calls, and what the pace costs. */
export async function measureUp(): Promise<void> {
  const sandbox = await startSandbox();
  const folder = mkdtempSync(join(tmpdir(), 'mailwright-bench-'));
  const post = async (path: string, body: unknown, method = 'POST') => {
    const answer = await fetch(sandbox.control + path, {
      method,
      ...(method === 'POST' ? { body: JSON.stringify(body) } : {}),
    });
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
  };
  const calls = async () => {
    const rows = (await (await fetch(`${sandbox.control}/ledger`)).json()) as {
      system: string;
      region?: string;
      operation: string;
    }[];
    return rows.filter((row) => row.system !== 'dns');
  };
  const run = async (domain: string, pace: 'on' | 'off') => {
    const off = pace === 'off' ? { MAILWRIGHT_SES_CONTROL_BURST: '100000' } : {};
    const config = loadConfig({ ...sandbox.env, ...off }, folder);
    const wanted = spec(domain);
    const began = performance.now();
    const planner = await openPlanner(config, [wanted], { state: join(folder, domain), journal: 'file' });
    const [report] = await up([wanted], planner.resources, planner.ground, {
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
    await post('/control/cloudflare/edge', { delayMs: 0 });
    for (let n = 0; n < 6; n += 1) await post('/control/zones', { name: `bench${n}.test` });
    await run('bench0.test', 'off'); // loads the SDK and warms the code

    // Every call that leaves this program, and the zone's servers whoever asks them; not the resolver's way from the root.
    for (const system of ['ses', 'sts', 'cloudflare'])
      await post('/faults', { kind: 'slow', system, operation: '*', ms: LATENCY_MS });
    for (const region of ['resolver', 'ada.ns.cloudflare.com', 'bob.ns.cloudflare.com']) {
      await post('/faults', { kind: 'slow', system: 'dns', operation: '*', region, ms: LATENCY_MS });
    }
    const walls: number[] = [];
    for (const n of [1, 2, 3]) walls.push((await run(`bench${n}.test`, 'off')).ms);
    await post('/faults', undefined, 'DELETE');
    const wall = walls.toSorted((a, b) => a - b)[1] ?? Number.NaN;
    const path = CHAIN.length * LATENCY_MS;
    console.log(
      `up of two regions and Cloudflare, ${LATENCY_MS} ms on every outside call, pace off (median of ${walls.length}):`,
    );
    console.log(
      `  wall ${wall.toFixed(0)} ms; critical path ${CHAIN.length} calls = ${path} ms; ratio ${(wall / path).toFixed(2)} (aim: at most 1.2)`,
    );
    for (const [index, call] of CHAIN.entries()) console.log(`    ${String(index + 1).padStart(2)}. ${call}`);

    for (const [label, aim] of [
      ['new domain with tenant', 10],
      ['second run', 2],
    ] as const) {
      await post('/ledger', undefined, 'DELETE');
      const { ms, waited } = await run('bench4.test', 'on');
      const rows = await calls();
      const of = (region: string) => rows.filter((row) => row.system === 'ses' && row.region === region).length;
      const at = (operation: string) => rows.filter((row) => row.operation === operation).length;
      console.log(
        `${label}, pace on: us-east-1 ${of('us-east-1')}, us-west-2 ${of('us-west-2')} SES calls (aim: at most ${aim}); waited ${waited.toFixed(0)} ms for the pace; ${ms.toFixed(0)} ms in all`,
      );
      console.log(
        `  Cloudflare: ${at('zones.list')} zone look-up, ${at('dns_records.list')} lists (one for each look), ${at('dns_records.batch')} batch`,
      );
    }
  } finally {
    await sandbox.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
