import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RunReport } from '../../src/core/report.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());
afterEach(async () => {
  await stage.control('DELETE /faults');
  expect((await stage.ledger()).filter((row) => row.forbidden)).toEqual([]);
});

const mine = () => ['--state', `${stage.state}-mine`];
const theirs = () => ['--state', `${stage.state}-theirs`];

describe('two admins', () => {
  it('who run at once from one folder: one works, the other is told who does', async () => {
    await stage.zone('once.test');
    const ran = await Promise.all([1, 2, 3].map(() => stage.run(['up', 'once.test', '--yes', '--json', ...mine()])));
    const refused = ran.filter((one) => one.exit === 4);
    expect(refused.length).toBe(2);
    for (const one of refused)
      expect(one.stderr).toMatch(/domain once\.test is being worked on by another run \(process \d+ on/);
    const again = await stage.run(['up', 'once.test', '--yes', '--json', '--wait=60s', ...mine()]);
    expect(again.report.status).toBe('done');
  });

  it('one of whom brings up several: with --keep-going only the domain that is at work elsewhere is left out', async () => {
    await stage.zone('atwork.test');
    await stage.zone('idle.test');
    await stage.control('POST /faults', { kind: 'slow', ms: 3000, system: 'ses', operation: 'CreateEmailIdentity' });
    const other = stage.run(['up', 'atwork.test', '--yes', ...mine()]);
    while (!(await stage.ledger('ses')).some((row) => row.request.body?.EmailIdentity === 'atwork.test'))
      await new Promise((done) => setTimeout(done, 50));
    await stage.control('DELETE /faults');
    const args = ['up', 'atwork.test', 'idle.test', '--yes', '--keep-going', '--wait=60s', '--json', ...mine()];
    const ran = await stage.run(args);
    const { domains } = ran.report as unknown as { domains: RunReport[] };
    const of = (domain: string) => domains.find((one) => one.domain === domain);
    expect(of('idle.test')?.status).toBe('done');
    expect(of('atwork.test')).toMatchObject({ status: 'conflict', errors: [{ code: 'lock.held' }] });
    expect((await other).exit).toBe(3);
  });

  it('who run at once from folders of their own: nothing is made twice, and one of them keeps it', async () => {
    await stage.zone('twice.test');
    const profile = stage.profile('ses: { regions: [us-east-1, us-west-2], tenant: twice }\n');
    const args = ['up', 'twice.test', '--profile', profile, '--yes', '--json'];
    await Promise.all([stage.run([...args, ...mine()]), stage.run([...args, ...theirs()])]);
    const [first, second] = [
      await stage.run([...args, '--wait=60s', ...mine()]),
      await stage.run([...args, '--wait=60s', ...theirs()]),
    ];
    // Whose tags are on the identities decides; a region each is possible, and said.
    const statuses = [first.report.status, second.report.status];
    expect(statuses.filter((status) => status === 'done' || status === 'conflict')).toHaveLength(2);
    for (const one of [first, second])
      for (const error of one.report.errors) expect(error).toMatchObject({ code: 'ses.home' });
    const adopted = await stage.run([...args, '--adopt', '--wait=60s', ...mine()]);
    expect(adopted.report.status).toBe('done');
    const zone = await stage.zoneRecords('twice.test');
    expect(new Set(zone.map((one) => `${one.name} ${one.type} ${one.content}`)).size).toBe(zone.length);
    expect(zone.filter((one) => one.type === 'CNAME')).toHaveLength(3);
  });
});

describe('a colleague without my state folder', () => {
  it('is told whose it is, and touches nothing', async () => {
    await stage.zone('ours.test');
    await stage.run(['up', 'ours.test', '--yes', '--wait=60s', ...mine()]);
    const since = await stage.mark();
    const up = await stage.run(['up', 'ours.test', '--yes', '--json', ...theirs()]);
    expect(up.exit).toBe(4);
    expect(up.report.errors).toMatchObject([{ code: 'ses.home', fix: expect.stringContaining('mailwright adopt') }]);
    expect((await stage.ledger(undefined, since)).filter((row) => row.effect)).toEqual([]);
  });

  it('takes it over on purpose: only tags and memory change, and everything counts as theirs', async () => {
    const before = await stage.zoneRecords('ours.test');
    const since = await stage.mark();
    const adopted = await stage.run(['adopt', 'ours.test', '--yes', '--json', ...theirs()]);
    expect(adopted.report).toMatchObject({ status: 'done', errors: [] });
    const effects = (await stage.ledger(undefined, since)).filter((row) => row.effect).map((row) => row.operation);
    expect(effects).toEqual(['TagResource']);
    expect(await stage.zoneRecords('ours.test')).toEqual(before);
    const ids = Object.keys(
      JSON.parse(readFileSync(join(`${stage.state}-theirs`, 'owned', 'ours.test.json'), 'utf8')) as object,
    );
    expect(ids.filter((id) => id.startsWith('dns '))).toHaveLength(6);
    expect(ids).toContain('ses us-east-1/identity');
    expect((await stage.run(['up', 'ours.test', '--yes', '--json', ...theirs()])).report).toMatchObject({
      operations: [],
    });
    // And now I am the one who is told.
    expect((await stage.run(['up', 'ours.test', '--yes', '--json', ...mine()])).exit).toBe(4);
  });

  it('gives it back by undoing the adoption', async () => {
    const runs = JSON.parse((await stage.run(['runs', '--json', ...theirs(), '--domain', 'ours.test'])).stdout) as {
      run: string;
      verb: string;
    }[];
    const adoption = runs.find((one) => one.verb === 'adopt')?.run ?? '';
    const undone = await stage.run(['undo', adoption, '--yes', '--json', ...theirs()]);
    expect(undone.report).toMatchObject({ status: 'done', errors: [], left: [] });
    expect((await stage.run(['up', 'ours.test', '--yes', '--json', ...mine()])).report).toMatchObject({
      status: 'done',
      operations: [],
    });
    expect((await stage.run(['list', '--json', '--standing', 'managed', ...theirs()])).stdout).not.toContain(
      'ours.test',
    );
  });
});

describe('a lost ledger', () => {
  it('makes no wrong delete: what can’t be proved ours stays, and adopting brings it back', async () => {
    await stage.zone('lost.test', [{ name: '@', type: 'TXT', content: '"google-site-verification=abc"', ttl: 300 }]);
    const profile = stage.profile('mx: [a.mx.test:10, b.mx.test:20]\n');
    await stage.run(['up', 'lost.test', '--profile', profile, '--yes', '--wait=60s', ...mine()]);
    const owned = join(`${stage.state}-mine`, 'owned', 'lost.test.json');
    const before = JSON.parse(readFileSync(owned, 'utf8')) as object;
    rmSync(owned);
    const smaller = stage.profile('mx: [a.mx.test:10]\n');
    const pruned = await stage.run(['up', 'lost.test', '--profile', smaller, '--prune', '--yes', '--json', ...mine()]);
    expect(pruned.report.errors).toMatchObject([{ code: 'mx.foreign' }]);
    const adopted = await stage.run(['adopt', 'lost.test', '--profile', profile, '--yes', '--json', ...mine()]);
    expect(adopted.report).toMatchObject({ status: 'done', errors: [] });
    expect(Object.keys(JSON.parse(readFileSync(owned, 'utf8')) as object).toSorted()).toEqual(
      expect.arrayContaining(Object.keys(before).filter((id) => !id.includes('configuration-set'))),
    );
    const again = await stage.run([
      'up',
      'lost.test',
      '--profile',
      smaller,
      '--prune',
      '--yes',
      '--json',
      '--wait=60s',
      ...mine(),
    ]);
    expect(again.report.status).toBe('done');
    const zone = (await stage.zoneRecords('lost.test')).map((one) => one.content).join(' ');
    expect(zone).not.toContain('b.mx.test');
    expect(zone).toContain('google-site-verification');
  });

  it('that is broken is said, and nothing is done on it', async () => {
    const owned = join(`${stage.state}-mine`, 'owned', 'lost.test.json');
    writeFileSync(owned, '{ broken');
    const up = await stage.run(['up', 'lost.test', '--yes', ...mine()]);
    expect(up.exit).toBe(1);
    expect(up.stderr).toContain('is broken: it is no JSON');
    rmSync(owned);
  });
});

describe('somebody else who edits between our look and our write', () => {
  it.each([
    [
      'adds a sender to the SPF record',
      'spf1.test',
      { content: '"v=spf1 include:_spf.google.com ip4:198.51.100.7 ~all"' },
    ],
    ['makes the SPF record strict', 'spf2.test', { content: '"v=spf1 include:_spf.google.com -all"' }],
  ])('and %s, loses nothing', async (_, name, change) => {
    await stage.zone(name, [{ name: '@', type: 'TXT', content: '"v=spf1 include:_spf.google.com ~all"', ttl: 300 }]);
    const profile = stage.profile('spf: { root: merge }\n');
    const args = ['up', name, '--profile', profile, '--yes', '--json', '--wait=60s', ...mine()];
    await stage.control('POST /control/cloudflare/editor', {
      zone: name,
      patches: [{ match: { name, type: 'TXT' }, ...change }],
    });
    const first = await stage.run(args);
    // What was approved is no longer what would be written: it is asked again, and --yes does not answer that.
    expect(first.report.status).toBe('conflict');
    const second = await stage.run(args);
    expect(second.report.status).toBe('done');
    const spf = (await stage.zoneRecords(name)).find((one) => one.name === name && one.content.startsWith('"v=spf1'));
    for (const term of change.content.slice(1, -1).split(' ')) expect(spf?.content).toContain(term);
    expect(spf?.content).toContain('include:amazonses.com');
  });
});
