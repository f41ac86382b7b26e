import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { FleetReport } from '../../src/core/report.ts';
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
const fleet = (ran: { report: unknown }) => ran.report as FleetReport;
const { show, runs, owned, open } = memoryOf(() => stage);

it('undo while SES cannot be read leaves the records that live mail uses', async () => {
  await stage.zone('down.test');
  expect((await stage.run(['up', 'down.test', '--yes', '--wait=60s'])).exit).toBe(0);
  const before = await show('down.test');
  const [run] = await runs('down.test');
  await stage.control('POST /faults', { kind: 'error-before', system: 'ses', operation: '*' });
  await stage.run(['undo', run?.run ?? '', '--yes', '--json']);
  const after = await show('down.test');
  expect(after.filter((line) => /_domainkey|mail\.down/.test(line))).toEqual(
    before.filter((line) => /_domainkey|mail\.down/.test(line)),
  );
}, 120_000);

it('the same where the account cannot be asked (sts)', async () => {
  await stage.zone('sts.test');
  expect((await stage.run(['up', 'sts.test', '--yes', '--wait=60s'])).exit).toBe(0);
  const before = await show('sts.test');
  const [run] = await runs('sts.test');
  await stage.control('POST /faults', { kind: 'error-before', system: 'sts', operation: '*' });
  await stage.run(['undo', run?.run ?? '', '--yes', '--json']);
  const after = await show('sts.test');
  expect(after.filter((line) => /_domainkey|mail\.sts/.test(line))).toEqual(
    before.filter((line) => /_domainkey|mail\.sts/.test(line)),
  );
}, 120_000);

it('--prune leaves the records of a former region that cannot be read', async () => {
  await stage.zone('prune.test');
  const both = stage.profile('ses: { regions: [us-east-1, us-west-2], dkim: per-region }\n');
  const one = stage.profile('ses: { regions: [us-east-1], dkim: per-region }\n');
  expect((await stage.run(['up', 'prune.test', '--profile', both, '--yes', '--wait=60s'])).exit).toBe(0);
  const before = await show('prune.test');
  await stage.control('POST /faults', { kind: 'error-before', system: 'ses', operation: '*', region: 'us-west-2' });
  await stage.run(['up', 'prune.test', '--profile', one, '--prune', '--yes', '--json']);
  await stage.control('DELETE /faults');
  const identities = (await stage.control('GET /control/aws/identities?name=prune.test')) as { region: string }[];
  expect(identities).toHaveLength(2);
  expect(await show('prune.test')).toEqual(before);
}, 120_000);

it('--keep-going: one zone that is edited under way does not stop the others', async () => {
  for (const name of ['keep0.test', 'keep1.test'])
    await stage.zone(name, [{ name: '@', type: 'TXT', content: '"v=spf1 include:_spf.google.com ~all"', ttl: 300 }]);
  const profile = stage.profile('spf: { root: merge }\n');
  await stage.control('POST /control/cloudflare/editor', {
    zone: 'keep0.test',
    patches: [
      { match: { name: 'keep0.test', type: 'TXT' }, content: '"v=spf1 include:_spf.google.com ip4:198.51.100.7 ~all"' },
    ],
  });
  const up = await stage.run([
    'up',
    'keep0.test',
    'keep1.test',
    '--profile',
    profile,
    '--yes',
    '--json',
    '--wait=60s',
    '--keep-going',
  ]);
  expect(fleet(up).domains.find((one) => one.domain === 'keep1.test')?.status).toBe('done');
}, 120_000);

async function killedFleet(names: string[], state: string, more: string[] = [], at?: number) {
  const args = ['up', ...names, '--yes', '--state', state, ...more];
  for (const step of at === undefined ? [60, 50, 44, 40, 36, 30] : [at]) {
    const ran = await stage.run(args, { NODE_OPTIONS: `--import ${PRELOAD}`, KILL_AT: String(step) });
    if (ran.exit === -1) return step;
  }
  throw new Error('not killed');
}

it('a killed run over two domains is closed once both are done', async () => {
  const state = `${stage.state}-j4`;
  for (const name of ['two0.test', 'two1.test']) await stage.zone(name);
  await killedFleet(['two0.test', 'two1.test'], state, [], 20);
  expect((await stage.run(['up', 'two0.test', 'two1.test', '--yes', '--wait=60s', '--state', state])).exit).toBe(0);
  expect((await stage.run(['up', 'two0.test', '--yes', '--wait=60s', '--state', state])).exit).toBe(0);
  expect((await stage.run(['up', 'two1.test', '--yes', '--wait=60s', '--state', state])).exit).toBe(0);
  expect(open(state)).toEqual([]);
}, 120_000);

it('a killed run stays open while a domain of it was not looked after (keep-going, conflict)', async () => {
  const state = `${stage.state}-j5`;
  await stage.zone('sick.test');
  await stage.zone('well.test');
  await killedFleet(['sick.test'], state, [], 24);
  await stage.edit('sick.test', {
    posts: [{ name: 'sick.test', type: 'MX', content: 'theirs.example', priority: 1, ttl: 300 }],
  });
  await stage.run([
    'up',
    'sick.test',
    'well.test',
    '--mx',
    'ours.mx.test',
    '--yes',
    '--json',
    '--keep-going',
    '--wait=60s',
    '--state',
    state,
  ]);
  expect(open(state)).toHaveLength(1);
}, 120_000);

it('undo --domain leaves the killed run open for the others', async () => {
  const state = `${stage.state}-j6`;
  for (const name of ['half0.test', 'half1.test']) await stage.zone(name);
  await killedFleet(['half0.test', 'half1.test'], state, [], 20);
  const [run] = await runs('half0.test', state);
  await stage.run(['undo', run?.run ?? '', '--domain', 'half0.test', '--yes', '--json', '--state', state]);
  expect(open(state)).toHaveLength(1);
  expect((await runs('half1.test', state)).find((one) => one.run === run?.run)?.undoneBy).toBeUndefined();
}, 120_000);

it('undo of a run whose write never happened leaves the MX that somebody made by hand', async () => {
  await stage.zone('hand.test');
  await stage.control('POST /faults', { kind: 'error-before', system: 'cloudflare', operation: 'dns_records.batch' });
  await stage.run(['up', 'hand.test', '--mx', 'ours.mx.test', '--yes', '--json']);
  await stage.control('DELETE /faults');
  await stage.edit('hand.test', {
    posts: [{ name: 'hand.test', type: 'MX', content: 'ours.mx.test', priority: 10, ttl: 300 }],
  });
  const [run] = await runs('hand.test');
  await stage.run(['undo', run?.run ?? '', '--yes', '--json']);
  expect((await show('hand.test')).join()).toContain('ours.mx.test');
}, 120_000);

it('undo of a run a second time leaves what somebody made again by hand', async () => {
  await stage.zone('again.test');
  await stage.run(['up', 'again.test', '--mx', 'ours.mx.test', '--yes', '--wait=60s']);
  const [run] = await runs('again.test');
  expect((await stage.run(['undo', run?.run ?? '', '--yes', '--json'])).report.status).toBe('done');
  await stage.edit('again.test', {
    posts: [{ name: 'again.test', type: 'MX', content: 'ours.mx.test', priority: 10, ttl: 300 }],
  });
  await stage.run(['undo', run?.run ?? '', '--yes', '--json']);
  expect((await show('again.test')).join()).toContain('ours.mx.test');
}, 120_000);

it('a null MX that was taken over comes back', async () => {
  await stage.zone('null.test', [{ name: '@', type: 'MX', content: '.', priority: 0, ttl: 300 }]);
  const before = await show('null.test');
  await stage.run(['up', 'null.test', '--mx', 'ours.mx.test', '--take-over-mx', '--yes', '--wait=60s']);
  const [run] = await runs('null.test');
  await stage.run(['undo', run?.run ?? '', '--yes', '--json']);
  expect(await show('null.test')).toEqual(before);
}, 120_000);

it('what a colleague writes between our look and our write is not ours', async () => {
  await stage.zone('race.test', [
    { name: '@', type: 'TXT', content: '"v=spf1 include:_spf.google.com ~all"', ttl: 300 },
  ]);
  const profile = stage.profile('spf: { root: merge }\n');
  // First everything but the SPF term is up.
  await stage.run(['up', 'race.test', '--yes', '--wait=60s']);
  await stage.control('POST /control/cloudflare/editor', {
    zone: 'race.test',
    patches: [
      {
        match: { name: 'race.test', type: 'TXT' },
        content: '"v=spf1 include:_spf.google.com include:amazonses.com ~all"',
      },
    ],
  });
  const up = await stage.run(['up', 'race.test', '--profile', profile, '--yes', '--json', '--wait=60s']);
  expect(owned('race.test')).not.toHaveProperty(['dns race.test TXT spf']);
  expect(up.report.records).toEqual([]);
}, 120_000);

it('--ttl-first remembers also where the answer was lost', async () => {
  await stage.zone('ttl.test', [{ name: '@', type: 'MX', content: 'old.mx.example', priority: 10, ttl: 86_400 }]);
  const args = ['up', 'ttl.test', '--mx', 'new.mx.test', '--take-over-mx', '--yes', '--json', '--ttl-first'];
  await stage.control('POST /faults', {
    kind: 'error-after',
    system: 'cloudflare',
    operation: 'dns_records.batch',
    count: 1,
  });
  await stage.run(args);
  await stage.run(args);
  expect((await show('ttl.test')).join()).toContain('old.mx.example');
}, 120_000);

it('--ttl-first: no mail goes to the new host before the old TTL is over', async () => {
  await stage.zone('ttl2.test', [{ name: '@', type: 'MX', content: 'old.mx.example', priority: 10, ttl: 86_400 }]);
  await stage.run(['up', 'ttl2.test', '--mx', 'new.mx.test:5', '--take-over-mx', '--yes', '--json', '--ttl-first']);
  expect((await show('ttl2.test')).filter((line) => line.startsWith('ttl2.test MX'))).toEqual([
    'ttl2.test MX 10 old.mx.example',
  ]);
}, 120_000);

it('--wait outlasts a zone look-up that failed', async () => {
  await stage.zone('wait.test');
  await stage.control('POST /faults', {
    kind: 'error-before',
    system: 'cloudflare',
    operation: 'zones.list',
    count: 3,
  });
  const up = await stage.run(['up', 'wait.test', '--yes', '--json', '--wait=20s']);
  expect(up.report.status).toBe('done');
}, 120_000);

it('several domains of one zone together are guarded, too', async () => {
  const mx = ['a', 'b', 'c'].flatMap((label) =>
    [1, 2, 3, 4].map((n) => ({ name: label, type: 'MX', content: `mx${n}.old.example`, priority: n, ttl: 300 })),
  );
  await stage.zone('sum.test', mx);
  const plan = await stage.run([
    'plan',
    'a.sum.test',
    'b.sum.test',
    'c.sum.test',
    '--mx',
    'new.mx.test',
    '--take-over-mx',
    '--json',
  ]);
  expect(plan.exit).toBe(4);
}, 120_000);

it('--prune leaves our SPF term at a MAIL FROM name that SES goes on using', async () => {
  // A MAIL FROM that somebody set, with an SPF record of theirs that lacks SES.
  await stage.zone('hold.test', [
    { name: 'mail', type: 'MX', content: 'feedback-smtp.us-east-1.amazonses.com', priority: 10, ttl: 300 },
    { name: 'mail', type: 'TXT', content: '"v=spf1 ip4:192.0.2.1 ~all"', ttl: 300 },
  ]);
  await stage.control('POST /control/aws/identities', {
    region: 'us-east-1',
    name: 'hold.test',
    mailFrom: { domain: 'mail.hold.test' },
  });
  await stage.run(['up', 'hold.test', '--yes', '--json', '--wait=20s']);
  const none = stage.profile('ses: { regions: [us-east-1], mailFrom: none }\n');
  await stage.run(['up', 'hold.test', '--profile', none, '--prune', '--yes', '--json', '--wait=20s']);
  const [identity] = (await stage.control('GET /control/aws/identities?name=hold.test')) as {
    MailFromAttributes?: object;
  }[];
  expect(identity?.MailFromAttributes).toBeDefined();
  expect((await show('hold.test')).join('\n')).toContain('include:amazonses.com');
}, 120_000);

it('a run that was refused for its account is not "unfinished"', async () => {
  const state = `${stage.state}-j15`;
  for (const name of ['acct0.test', 'acct1.test']) await stage.zone(name);
  const profile = stage.profile('ses: { account: "999999999999" }\n');
  const up = await stage.run(['up', 'acct0.test', 'acct1.test', '--profile', profile, '--yes', '--state', state]);
  expect(up.exit).toBe(2);
  expect((await runs('acct0.test', state)).map((one) => one.status)).not.toContain('unfinished');
}, 120_000);

it('undo says what it could not reach: a record in another zone', async () => {
  await stage.zone('rep.test');
  await stage.zone('snd.test');
  await stage.run(['up', 'snd.test', '--dmarc-email', 'dmarc@rep.test', '--yes', '--wait=60s']);
  expect(await show('rep.test')).toHaveLength(1);
  const [run] = await runs('snd.test');
  await stage.control('POST /control/cloudflare/tokens', {
    name: 'snd only',
    permissions: ['zone:read', 'dns:read', 'dns:edit'],
    zones: ['snd.test'],
    secret: 'z'.repeat(40),
  });
  const undone = await stage.run(['undo', run?.run ?? '', '--yes', '--json'], { CLOUDFLARE_API_TOKEN: 'z'.repeat(40) });
  expect(
    (await show('rep.test')).length === 0 || undone.report.left.length > 0 || undone.report.status !== 'done',
  ).toBe(true);
}, 120_000);

it('a reviewed plan is refused where another value would be written over', async () => {
  await stage.zone('rev.test');
  await stage.run(['up', 'rev.test', '--yes', '--wait=60s']);
  const mx = (await stage.zoneRecords('rev.test')).find((one) => one.type === 'MX') as unknown as { id: string };
  await stage.edit('rev.test', { patches: [{ id: mx.id, content: 'mx.one.example' }] });
  const file = join(stage.state, 'plan.json');
  expect((await stage.run(['plan', 'rev.test', '--overwrite', '--out', file])).exit).toBe(5);
  await stage.edit('rev.test', { patches: [{ id: mx.id, content: 'mx.other.example' }] });
  const up = await stage.run(['up', '--plan', file, '--json', '--wait=20s']);
  expect(up.exit).toBe(4);
}, 120_000);

it('undo of a --ttl-first run, after the merge, keeps the includes of others', async () => {
  await stage.zone('ttlspf.test', [
    { name: '@', type: 'TXT', content: '"v=spf1 include:_spf.google.com ~all"', ttl: 3600 },
  ]);
  const profile = stage.profile('spf: { root: merge }\n');
  await stage.run(['up', 'ttlspf.test', '--profile', profile, '--ttl-first', '--yes', '--wait=5s']);
  const first = (await runs('ttlspf.test'))[0]?.run ?? '';
  await stage.run(['up', 'ttlspf.test', '--profile', profile, '--yes', '--wait=60s']);
  await stage.run(['undo', first, '--yes', '--json']);
  expect((await show('ttlspf.test')).join('\n')).toContain('include:_spf.google.com');
}, 120_000);

it('undo of an adoption changes no SPF record', async () => {
  await stage.zone('adopt.test', [
    { name: '@', type: 'TXT', content: '"v=spf1 include:amazonses.com ~all"', ttl: 3600 },
  ]);
  const profile = stage.profile('spf: { root: merge }\n');
  await stage.run(['adopt', 'adopt.test', '--profile', profile, '--yes']);
  const spf = (await stage.zoneRecords('adopt.test')).find((one) => one.type === 'TXT') as unknown as { id: string };
  await stage.edit('adopt.test', {
    patches: [{ id: spf.id, content: '"v=spf1 include:amazonses.com include:_spf.google.com ~all"' }],
  });
  await stage.run(['undo', (await runs('adopt.test'))[0]?.run ?? '', '--yes', '--json']);
  expect((await show('adopt.test')).join('\n')).toContain('include:amazonses.com');
}, 120_000);
void describe;
