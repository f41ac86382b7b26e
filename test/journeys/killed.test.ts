import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
let folder: string;
beforeAll(async () => {
  stage = await openStage();
  folder = mkdtempSync(join(tmpdir(), 'mailwright-killed-'));
});
afterAll(async () => {
  await stage.close();
  rmSync(folder, { recursive: true, force: true });
});

const FOREIGN = [
  { name: '@', type: 'TXT', content: '"v=spf1 include:_spf.google.com ~all"', ttl: 300 },
  { name: '@', type: 'MX', content: 'aspmx.l.google.com', priority: 1, ttl: 300 },
];
const PRELOAD = pathToFileURL(join(import.meta.dirname, 'kill-at.mjs')).href;

/** One case: a domain, a state folder and a profile of its own, so that cases can run side by side. */
async function openCase(label: string) {
  const domain = `${label}.test`;
  await stage.zone(domain, FOREIGN);
  const state = join(folder, label);
  const profile = stage.profile(
    `ses: { regions: [us-east-1, us-west-2], tenant: ${label} }\nmx: [own.mx.test:10]\nspf: { root: merge }\n`,
  );
  const args = [domain, '--profile', profile, '--state', state, '--take-over-mx', '--yes'];
  return {
    domain,
    state,
    up: (env: Record<string, string> = {}, ...more: string[]) => stage.run(['up', ...args, ...more], env),
    async undoAll() {
      const list = await stage.run(['runs', '--json', '--all', '--state', state]);
      const runs = (JSON.parse(list.stdout) as { run: string }[]).map(({ run }) => run);
      const undone = await stage.run(['undo', ...runs, '--yes', '--json', '--state', state]);
      const open = undone.report.operations.filter((one) => !['done', 'kept'].includes(one.outcome));
      expect([open, undone.report.errors, undone.report.status]).toEqual([[], [], 'done']);
    },
  };
}

/** Everything that the outside and the ledger hold of a domain, without what only its name and its keys make different. */
async function worldOf(domain: string, state: string): Promise<string[]> {
  const label = domain.split('.')[0] ?? '';
  const plain = (text: string) => text.replaceAll(/\b[a-z0-9]{32}\b/g, 'TOKEN').replaceAll(label, 'LABEL');
  const zone = (await stage.zoneRecords(domain)).map((one) =>
    [one.name, one.type, one.priority, one.content, one.ttl, one.comment].join(' '),
  );
  const identities = (
    (await stage.control(`GET /control/aws/identities?name=${domain}`)) as Record<string, unknown>[]
  ).map((one) =>
    JSON.stringify([
      one.region,
      one.DkimAttributes && (one.DkimAttributes as { SigningAttributesOrigin: string }).SigningAttributesOrigin,
      (one.MailFromAttributes as { MailFromDomain?: string } | undefined)?.MailFromDomain,
      one.ConfigurationSetName,
    ]),
  );
  const tenants = (
    (await stage.control('GET /control/aws/tenants')) as { name: string; region: string; resources: string[] }[]
  )
    .filter((one) => one.name === label)
    .map((one) => JSON.stringify([one.region, one.resources.toSorted()]));
  let ledger: string[] = [];
  try {
    const entries = JSON.parse(readFileSync(join(state, 'owned', `${domain}.json`), 'utf8')) as Record<string, unknown>;
    ledger = Object.keys(entries).map((id) => `ours: ${id}`);
  } catch {
    // A run that was killed early has no ledger yet.
  }
  return [...zone, ...identities, ...tenants, ...ledger].map(plain).toSorted();
}

describe('a run that is killed at any step and run again', () => {
  let expected: string[] = [];
  let untouched: string[] = [];
  let steps = 0;

  it('is compared with one that was not', async () => {
    const one = await openCase('whole');
    untouched = await worldOf(one.domain, one.state);
    const count = join(folder, 'count');
    const up = await one.up({ NODE_OPTIONS: `--import ${PRELOAD}`, KILL_COUNT: count });
    expect([0, 3]).toContain(up.exit);
    steps = Number(readFileSync(count, 'utf8'));
    expect(steps).toBeGreaterThan(20);
    expected = await worldOf(one.domain, one.state);
    await one.undoAll();
    expect(await worldOf(one.domain, one.state)).toEqual(untouched);
  });

  const which = process.env.TEST_THOROUGH ? 'every step' : 'every sixth step';
  it(`ends in the same world, and can be taken back whole (${which})`, { timeout: 600_000 }, async () => {
    // Every sixth step unless all are asked for: each takes seconds.
    const stride = process.env.TEST_THOROUGH ? 1 : 6;
    const at = Array.from({ length: steps }, (_, index) => index + 1).filter((step) => step % stride === 0);
    const survived: number[] = [];
    const check = async (step: number) => {
      const one = await openCase(`kill${step}`);
      const killed = await one.up({ NODE_OPTIONS: `--import ${PRELOAD}`, KILL_AT: String(step) });
      // What is written together differs from run to run, so a run may have a few steps less than the one that was counted.
      if (killed.exit !== -1) survived.push(step);
      const again = await one.up({}, '--json');
      expect([step, again.report.errors]).toEqual([step, []]);
      expect([step, ...(await worldOf(one.domain, one.state))]).toEqual([step, ...expected]);
      await one.undoAll();
      // A configuration set stays, and stays ours in its account, where the region has other identities: any of them may use it.
      const left = (await worldOf(one.domain, one.state)).filter(
        (line) => !/^ours: (ses \S+\/configuration-set|account ses)$/.test(line),
      );
      expect([step, ...left]).toEqual([step, ...untouched]);
    };
    // Three at once: each is a world of its own.
    const open = [...at];
    await Promise.all(
      [1, 2, 3].map(async () => {
        for (let step = open.shift(); step !== undefined; step = open.shift()) await check(step);
      }),
    );
    expect(survived.filter((step) => step < steps * 0.8)).toEqual([]);
  });
});
