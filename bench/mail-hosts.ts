import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPlanner } from '../src/app/planner.ts';
import { startSandbox } from '../src/cli/sandbox-process.ts';
import { loadConfig } from '../src/config.ts';
import { type DomainSpec, NO_CONSENTS } from '../src/core/domain-spec.ts';
import { up } from '../src/domains/up.ts';

const LATENCY_MS = 100;
const DOMAINS = 50;
const RELAYS = ['mx1.sandbox.test', 'mx2.sandbox.test'];

/**
 * The longest chain of outside calls of which each needs the one before, for a new domain in two regions with a tenant, at Cloudflare,
 * two relays and Mailcow. SES's chain of four and a relay's two (look again, edit) run beside that of Mailcow.
 */
const CHAIN = [
  'DNS: name servers of the zone …',
  'DNS: … which the resolver asks the zone’s own servers',
  'DNS: their addresses',
  'DNS: is the MAIL FROM name free?',
  'Mailcow: add the domain',
  'Mailcow: is it there? (its answer alone proves nothing)',
  'Mailcow: password policy, and the domain’s quota',
  'Mailcow: add the mailboxes',
  'Mailcow: are they there?',
  'Mailcow: add the alias (needs its mailbox)',
  'Mailcow: is it there?',
  'DNS: addresses of the MX hosts (the next look)',
  'MX hosts: do they take mail for the domain?',
  'Cloudflare: list (re-read before writing)',
  'Cloudflare: batch (needs the tokens, the list, and every MX host’s yes)',
  'DNS: are the records served?',
  'SES: PutEmailIdentityMailFromAttributes (only once they are)',
  'Mailcow: the domain (the last look)',
  'Mailcow: its mailboxes',
  'DNS: are the listed records served?',
];

function spec(domain: string, tenant: boolean): DomainSpec {
  return {
    domain,
    dmarc: { policy: 'none', rua: [], ruf: [], reports: 'keep' },
    spf: { root: 'keep', include: ['amazonses.com'] },
    ses: {
      regions: ['us-east-1', 'us-west-2'],
      ...(tenant ? { tenant: domain.replaceAll('.', '-') } : {}),
      tenantFromProfile: tenant,
      dkim: 'replicated',
      mailFrom: 'per-region',
    },
    mx: RELAYS.map((host, index) => ({ host, preference: (index + 1) * 10 })),
    mailHost: 'mail.sandbox.test',
    relays: RELAYS.map((host) => ({ host, managed: true, ssh: { privilege: 'helper' }, recipients: 'any' })),
    mailcow: {
      host: 'mail.sandbox.test',
      limits: {},
      mailboxes: [{ local: 'brett' }, { local: 'glassdome-ai' }],
      aliases: [{ local: 'postmaster', goto: [`brett@${domain}`] }],
      dkim: 'publish',
      clientRecords: false,
      forwardingHosts: 'no',
    },
    dns: { provider: 'cloudflare' },
    ttl: 3600,
    consents: NO_CONSENTS,
  };
}

/** Five systems with a latency: wall time against the critical path; and what fifty domains in one run cost relays and Mailcow. */
export async function measureMailHosts(): Promise<void> {
  const sandbox = await startSandbox();
  const folder = mkdtempSync(join(tmpdir(), 'mailwright-bench-'));
  const ask = async (path: string, body?: unknown, method = body === undefined ? 'GET' : 'POST') => {
    const answer = await fetch(sandbox.control + path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
  const run = async (specs: readonly DomainSpec[]) => {
    const config = loadConfig({ ...sandbox.env, MAILWRIGHT_SES_CONTROL_BURST: '100000' }, folder);
    const began = performance.now();
    const planner = await openPlanner(config, specs, { state: folder, journal: 'file' });
    const reports = await up(specs, planner.resources, planner.ground, {
      ask: async () => 'yes',
      approvedBy: 'flag',
      waitMs: 0,
      emit: () => {},
    });
    const ms = performance.now() - began;
    await planner.close();
    const bad = reports.find((report) => report.errors.length > 0);
    if (bad) throw new Error(JSON.stringify(bad.errors));
    return ms;
  };
  try {
    await ask('/control/cloudflare/edge', { delayMs: 0 });
    for (const host of RELAYS) await ask('/control/relays', { host });
    for (let n = 0; n < 4; n += 1) await ask('/control/zones', { name: `hosts${n}.test` });
    await run([spec('hosts0.test', true)]); // loads SDK, SSH and code
    for (const system of ['ses', 'sts', 'cloudflare', 'mailcow', 'relay'])
      await ask('/faults', { kind: 'slow', system, operation: '*', ms: LATENCY_MS });
    for (const region of ['resolver', 'ada.ns.cloudflare.com', 'bob.ns.cloudflare.com'])
      await ask('/faults', { kind: 'slow', system: 'dns', operation: '*', region, ms: LATENCY_MS });
    const walls: number[] = [];
    for (const n of [1, 2, 3]) walls.push(await run([spec(`hosts${n}.test`, true)]));
    await ask('/faults', undefined, 'DELETE');
    const wall = walls.toSorted((a, b) => a - b)[1] ?? Number.NaN;
    const path = CHAIN.length * LATENCY_MS;
    console.log(
      `up of two regions, Cloudflare, two relays and Mailcow, ${LATENCY_MS} ms on every call, pace off (median of ${walls.length}):`,
    );
    console.log(
      `  wall ${wall.toFixed(0)} ms; critical path ${CHAIN.length} calls = ${path} ms; ratio ${(wall / path).toFixed(2)} (aim: at most 1.2)`,
    );
    for (const [index, call] of CHAIN.entries()) console.log(`    ${String(index + 1).padStart(2)}. ${call}`);

    const specs = Array.from({ length: DOMAINS }, (_, n) => spec(`many${n}.test`, false));
    for (const { domain } of specs) await ask('/control/zones', { name: domain });
    const relays = async () => (await ask('/control/relays')) as { host: string; puts: number; reloads: number }[];
    const restarts = async () => ((await ask('/control/mailcow')) as { sogo: { restarts: number } }).sogo.restarts;
    const [before, sogo] = [await relays(), await restarts()];
    const ms = await run(specs);
    const after = await relays();
    for (const [index, relay] of after.entries()) {
      const was = before[index];
      console.log(
        `${DOMAINS} domains in one run, ${relay.host}: ${relay.puts - (was?.puts ?? 0)} edit (aim: 1), ${relay.reloads - (was?.reloads ?? 0)} reload (aim: 1)`,
      );
    }
    console.log(`  SOGo restarts ${(await restarts()) - sogo} (aim: 1), ${(ms / 1000).toFixed(1)} s in all`);
  } finally {
    await sandbox.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
