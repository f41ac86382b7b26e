import { mkdtempSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { openLock } from '../../src/integrations/state-folder/lock.ts';
import { openStage, type Stage } from '../journeys/stage.ts';
import { memoryOf, PRELOAD } from './memory.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());
afterEach(async () => {
  await stage.control('DELETE /faults');
});
const { show, runs, owned } = memoryOf(() => stage);

it('a killed run of two domains, finished long ago, makes nobody else’s SPF term ours', async () => {
  const state = `${stage.state}-k1`;
  const merge = stage.profile('spf: { root: merge }\n');
  const keep = stage.profile('spf: { root: keep }\n');
  const SPF = [{ name: '@', type: 'TXT', content: '"v=spf1 mx ~all"', ttl: 300 }];
  let domains: string[] = [];
  for (const step of [40, 38, 36, 34, 32]) {
    domains = [`ka${step}.test`, `kb${step}.test`];
    for (const name of domains) await stage.zone(name, SPF);
    const ran = await stage.run(['up', ...domains, '--profile', merge, '--yes', '--state', `${state}${step}`], {
      NODE_OPTIONS: `--import ${PRELOAD}`,
      KILL_AT: String(step),
    });
    if (ran.exit !== -1) continue;
    const folder = `${state}${step}`;
    const [first = ''] = domains;
    const spfOf = async () =>
      (await stage.zoneRecords(first)).find((one) => one.name === first && one.type === 'TXT') as unknown as {
        id: string;
        content: string;
      };
    if (!(await spfOf()).content.includes('amazonses')) continue;
    await stage.run(['up', ...domains, '--profile', merge, '--yes', '--wait=60s', '--state', folder]);
    await stage.run(['up', first, '--profile', keep, '--prune', '--yes', '--json', '--wait=60s', '--state', folder]);
    await stage.edit(first, {
      patches: [{ id: (await spfOf()).id, content: '"v=spf1 mx include:amazonses.com ~all"' }],
    });
    await stage.run(['up', first, '--profile', keep, '--prune', '--yes', '--json', '--wait=60s', '--state', folder]);
    expect((await spfOf()).content).toContain('include:amazonses.com');
    return;
  }
  throw new Error('no kill');
}, 180_000);

it('what a killed run made is still recognised after a --keep-going run in which its domain was in conflict', async () => {
  for (const step of [14, 12, 10, 16, 18]) {
    const state = `${stage.state}-k2-${step}`;
    const [sick, well] = [`sick${step}.test`, `well${step}.test`];
    await stage.zone(sick);
    await stage.zone(well);
    const ran = await stage.run(['up', sick, '--yes', '--state', state], {
      NODE_OPTIONS: `--import ${PRELOAD}`,
      KILL_AT: String(step),
    });
    if (ran.exit !== -1) continue;
    const zone = (await stage.zoneRecords(sick)).length;
    const ledger = Object.keys(owned(sick, state));
    if (zone === 0 || ledger.some((id) => id.includes('_dmarc'))) continue;
    await stage.edit(sick, { posts: [{ name: sick, type: 'MX', content: 'theirs.example', priority: 1, ttl: 300 }] });
    await stage.run(['up', sick, well, '--mx', 'ours.mx.test', '--yes', '--json', '--keep-going', '--state', state]);
    await stage.run(['up', sick, '--yes', '--json', '--wait=60s', '--state', state]);
    const after = Object.keys(owned(sick, state));
    expect(after).toContain(`dns _dmarc.${sick} TXT`);
    return;
  }
  throw new Error('no fitting kill');
}, 180_000);

it('undo of two runs together leaves what somebody did to DMARC between them', async () => {
  await stage.zone('mid.test', [{ name: '_dmarc', type: 'TXT', content: '"v=DMARC1; p=none"', ttl: 300 }]);
  const p = (rua: string) => stage.profile(`dmarc: { reports: add, rua: [${rua}] }\n`);
  await stage.run(['up', 'mid.test', '--profile', p('a@mid.test'), '--yes', '--wait=60s']);
  const dmarc = (await stage.zoneRecords('mid.test')).find((one) => one.name === '_dmarc.mid.test') as unknown as {
    id: string;
    content: string;
  };
  await stage.edit('mid.test', { patches: [{ id: dmarc.id, content: dmarc.content.replace('p=none', 'p=reject') }] });
  await stage.run(['up', 'mid.test', '--profile', p('a@mid.test, b@mid.test'), '--yes', '--wait=60s']);
  const all = (await runs('mid.test')).map((one) => one.run);
  await stage.run(['undo', ...all, '--yes', '--json']);
  expect((await show('mid.test')).join('\n')).toContain('p=reject');
}, 120_000);

it('a record that two domains of one run need alike is not taken from the other by an undo of one', async () => {
  await stage.zone('both.test');
  const profile = stage.profile('spf: { root: create }\n');
  await stage.run(['up', 'both.test', 'mail.both.test', '--profile', profile, '--yes', '--json', '--wait=60s']);
  const [run] = await runs('both.test');
  await stage.run(['undo', run?.run ?? '', '--domain', 'mail.both.test', '--yes', '--json']);
  expect((await show('both.test')).join('\n')).toContain('mail.both.test TXT');
}, 120_000);

it('a plan file without "left" is refused with a sentence', async () => {
  await stage.zone('file.test');
  const file = join(mkdtempSync(join(tmpdir(), 'k5-')), 'plan.json');
  await stage.run(['plan', 'file.test', '--out', file]);
  const plan = JSON.parse(readFileSync(file, 'utf8')) as { domains: { plan: { left?: unknown } }[] };
  for (const one of plan.domains) delete one.plan.left;
  writeFileSync(file, JSON.stringify(plan));
  const up = await stage.run(['up', '--plan', file]);
  expect(up.exit).toBe(2);
}, 60_000);

it('the lock of a living process on this machine is not taken over, also after two minutes of sleep', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'k6-'));
  const held = await openLock(folder).acquire('domain a.test');
  const claims = join(folder, 'domain_a.test');
  for (const name of readdirSync(claims)) utimesSync(join(claims, name), 0, 0);
  await expect(openLock(folder).acquire('domain a.test')).rejects.toThrow();
  await held.release();
});

it('undo with a sub-zone that cannot be read does not say that all is done', async () => {
  await stage.zone('cut.test');
  await stage.zone('_domainkey.cut.test');
  await stage.run(['up', 'cut.test', '--yes', '--wait=60s']);
  await show('_domainkey.cut.test');
  const [run] = await runs('cut.test');
  await stage.control('POST /control/cloudflare/tokens', {
    name: 'cut only',
    permissions: ['zone:read', 'dns:read', 'dns:edit'],
    zones: ['cut.test'],
    secret: 'c'.repeat(40),
  });
  const undone = await stage.run(['undo', run?.run ?? '', '--yes', '--json'], { CLOUDFLARE_API_TOKEN: 'c'.repeat(40) });
  expect(undone.report.left.length + undone.report.errors.length).toBeGreaterThan(0);
}, 120_000);
