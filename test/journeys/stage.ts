import { spawn } from 'node:child_process';
import { Resolver } from 'node:dns/promises';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startSandbox } from '../../src/cli/sandbox-process.ts';
import type { RunReport } from '../../src/core/report.ts';

/** A row of the sandbox's ledger, as its control server answers it. */
export interface LedgerRow {
  readonly n: number;
  readonly system: string;
  readonly operation: string;
  readonly region?: string;
  readonly status: number | string;
  readonly error?: string;
  readonly effect: boolean;
  readonly forbidden?: boolean;
  readonly request: { readonly method?: string; readonly path?: string; readonly body?: Record<string, unknown> };
}

export interface Ran {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The report, where --json was among the arguments. */
  readonly report: RunReport;
}

const BIN = fileURLToPath(new URL('../../bin/mailwright.js', import.meta.url));

/** A world of its own for a test file: a sandbox, a folder, and the real program run as a user runs it. */
export async function openStage() {
  const sandbox = await startSandbox();
  const folder = mkdtempSync(join(tmpdir(), 'mailwright-journey-'));
  const state = join(folder, 'state');
  let files = 0;

  const control = async (route: string, body?: unknown): Promise<unknown> => {
    const [method = 'GET', path = ''] = route.split(' ');
    const answer = await fetch(`${sandbox.control}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${route}: ${answer.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };

  const resolver = new Resolver({ timeout: 2000, tries: 1 });
  resolver.setServers([sandbox.env.MAILWRIGHT_DNS_PUBLIC_RESOLVERS ?? '']);

  return {
    env: sandbox.env,
    state,
    control,
    resolver,
    /** Runs the program; only the sandbox's settings, the path and `env` are in its environment; undefined takes one out. */
    async run(args: readonly string[], env: Readonly<Record<string, string | undefined>> = {}): Promise<Ran> {
      const child = spawn(BIN, [...args], {
        cwd: folder,
        env: {
          PATH: process.env.PATH ?? '',
          HOME: folder,
          MAILWRIGHT_STATE: state,
          MAILWRIGHT_SES_CONTROL_RATE: '50',
          ...sandbox.env,
          ...env,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const out: Buffer[] = [];
      const err: Buffer[] = [];
      child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
      child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
      const exit = await new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)));
      const stdout = Buffer.concat(out).toString();
      const report = (args.includes('--json') && stdout.startsWith('{') ? JSON.parse(stdout) : undefined) as RunReport;
      return { exit, stdout, stderr: Buffer.concat(err).toString(), report };
    },
    /** A profile file with this text. */
    profile(text: string): string {
      files += 1;
      const path = join(folder, `profile-${files}.yaml`);
      writeFileSync(path, text);
      return path;
    },
    /** A live zone at Cloudflare, delegated and served at once. */
    async zone(name: string, records: readonly object[] = [], more: object = {}): Promise<void> {
      await control('POST /control/cloudflare/edge', { delayMs: 0 });
      await control('POST /control/zones', { name, records, delegate: true, ...more });
      await control('POST /control/cloudflare/edge', { delayMs: 20 });
    },
    /** Somebody else edits the zone, through the same API with a token of their own. */
    async edit(zone: string, batch: object): Promise<void> {
      const zones = (await control('GET /control/zones')) as { id: string; name: string }[];
      const id = zones.find((one) => one.name === zone)?.id;
      const answer = await fetch(`${sandbox.env.CLOUDFLARE_BASE_URL}/zones/${id}/dns_records/batch`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${sandbox.env.CLOUDFLARE_API_TOKEN}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify(batch),
      });
      if (!answer.ok) throw new Error(`edit of ${zone}: ${answer.status} ${await answer.text()}`);
    },
    async zoneRecords(zone: string): Promise<
      {
        name: string;
        type: string;
        content: string;
        comment: string | null;
        proxied: boolean;
        ttl: number;
        priority?: number;
      }[]
    > {
      return (await control(`GET /control/zones/records?zone=${zone}`)) as never;
    },
    async ledger(system?: string, since = 0): Promise<LedgerRow[]> {
      return (await control(`GET /ledger?since=${since}${system ? `&system=${system}` : ''}`)) as LedgerRow[];
    },
    /** The number of the newest row, for "what came after". */
    async mark(): Promise<number> {
      return ((await control('GET /ledger')) as LedgerRow[]).at(-1)?.n ?? 0;
    },
    async close(): Promise<void> {
      await sandbox.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export type Stage = Awaited<ReturnType<typeof openStage>>;

/** Calls of a system after a mark, as 'region operation' counted. */
export function countCalls(rows: readonly LedgerRow[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const row of rows) counts[row.region ?? row.system] = (counts[row.region ?? row.system] ?? 0) + 1;
  return counts;
}
