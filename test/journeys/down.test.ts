import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  for (const region of ['us-east-1', 'us-west-2'])
    await stage.control('POST /control/aws/account', { region, productionAccess: true });
});
afterAll(() => stage.close());

const FOREIGN = [
  { name: '@', type: 'TXT', content: '"v=spf1 include:_spf.google.com ~all"', ttl: 300 },
  { name: 'www', type: 'A', content: '192.0.2.1', ttl: 300 },
];
const PROFILE =
  'ses: { regions: [us-east-1, us-west-2], tenant: acme, configurationSet: acme }\nmx: [west.mx.test:10]\nspf: { root: merge }\nttl: 60\n';

const identities = async (name: string) =>
  ((await stage.control('GET /control/aws/identities')) as { name: string }[]).filter((one) => one.name === name);
const ledgerFile = (domain: string) => join(stage.state, 'owned', `${domain}.json`);

describe('down', () => {
  const outcomes = (report: {
    operations: readonly { id: string; outcome: string; waitsFor?: string | undefined }[];
  }) => new Map(report.operations.map((one) => [one.id, one] as const));

  it('says with --dry-run what goes now, what later, and touches nothing', async () => {
    await stage.zone('leaving.test', FOREIGN);
    const profile = stage.profile(PROFILE);
    const up = await stage.run(['up', 'leaving.test', '--profile', profile, '--yes', '--wait=60s', '--json']);
    expect(up.report.status).toBe('done');
    const since = await stage.mark();
    const dry = await stage.run(['down', 'leaving.test', '--dry-run', '--json']);
    expect(dry.exit).toBe(5);
    expect((await stage.ledger(undefined, since)).filter((row) => row.effect)).toEqual([]);
    expect(dry.report.operations.map((one) => one.id)).toContain('ses us-west-2/identity');
  });

  it('takes the MX and the tenant’s right to send first; what proves sent mail stays for seven days', async () => {
    const down = await stage.run(['down', 'leaving.test', '--yes', '--json']);
    expect(down.exit).toBe(3);
    const by = outcomes(down.report);
    expect(by.get('dns leaving.test MX west.mx.test')?.outcome).toBe('done');
    expect(by.get('ses us-east-1/tenant/identity')?.outcome).toBe('done');
    expect(by.get('ses us-east-1/identity')).toMatchObject({
      outcome: 'held',
      waitsFor: expect.stringMatching(/seven days .*until \d{4}-\d\d-\d\dT/),
    });
    expect(await identities('leaving.test')).toHaveLength(2);
    const zone = await stage.zoneRecords('leaving.test');
    expect(zone.filter((record) => record.type === 'MX' && record.name === 'leaving.test')).toEqual([]);
    expect(zone.filter((record) => record.name.includes('_domainkey'))).toHaveLength(3);
  });

  it('run again before that, does nothing more and says until when', async () => {
    const since = await stage.mark();
    const again = await stage.run(['down', 'leaving.test', '--yes']);
    expect(again.exit).toBe(3);
    expect(again.stdout).toMatch(/seven days/);
    expect(again.stdout).toContain('run `mailwright down leaving.test` again');
    expect((await stage.ledger(undefined, since)).filter((row) => row.effect)).toEqual([]);
  });

  it('after seven days all of it goes, replica before parent, and only what is ours', async () => {
    const path = ledgerFile('leaving.test');
    const ledger = JSON.parse(readFileSync(path, 'utf8')) as Record<string, { at?: string }>;
    const stone = ledger['tombstone leaving.test'];
    expect(stone).toMatchObject({ run: expect.any(String), dkim: expect.arrayContaining([expect.any(String)]) });
    writeFileSync(
      path,
      JSON.stringify({
        ...ledger,
        'tombstone leaving.test': { ...stone, at: new Date(Date.now() - 8 * 86_400_000).toISOString() },
      }),
    );
    const since = await stage.mark();
    const down = await stage.run(['down', 'leaving.test', '--yes', '--json']);
    expect(down.report.errors).toEqual([]);
    expect(down.exit).toBe(0);
    expect(await identities('leaving.test')).toEqual([]);
    const deletes = (await stage.ledger('ses', since)).filter((row) => row.operation === 'DeleteEmailIdentity');
    expect(deletes.map((row) => row.region)).toEqual(['us-west-2', 'us-east-1']);
    const zone = await stage.zoneRecords('leaving.test');
    expect(zone.map((record) => `${record.name} ${record.type} ${record.content}`).toSorted()).toEqual([
      'leaving.test TXT "v=spf1 include:_spf.google.com ~all"',
      'www.leaving.test A 192.0.2.1',
    ]);
    expect(Object.keys(JSON.parse(readFileSync(path, 'utf8')) as object)).toEqual(['tombstone leaving.test']);
  });

  it('and then there is nothing left; bringing it up again forgets the stone', async () => {
    const again = await stage.run(['down', 'leaving.test', '--yes']);
    expect(again.exit).toBe(0);
    expect(again.stdout).toContain('Down: nothing of it is ours any more.');
    const profile = stage.profile(PROFILE);
    const up = await stage.run(['up', 'leaving.test', '--profile', profile, '--yes', '--wait=60s', '--json']);
    expect(up.report.status).toBe('done');
    expect(Object.keys(JSON.parse(readFileSync(ledgerFile('leaving.test'), 'utf8')) as object)).not.toContain(
      'tombstone leaving.test',
    );
  });

  it('--now does not wait for mail that is under way; what somebody changed since stays and is named', async () => {
    await stage.edit('leaving.test', {
      patches: (await stage.zoneRecords('leaving.test'))
        .filter((record) => record.name === '_dmarc.leaving.test')
        .map((record) => ({ id: (record as unknown as { id: string }).id, content: '"v=DMARC1; p=reject"' })),
    });
    const down = await stage.run(['down', 'leaving.test', '--yes', '--now', '--json']);
    expect(down.report.left.map((one) => one.id)).toContain('dns _dmarc.leaving.test TXT');
    expect(await identities('leaving.test')).toEqual([]);
    const zone = await stage.zoneRecords('leaving.test');
    expect(zone.find((record) => record.name === '_dmarc.leaving.test')?.content).toContain('p=reject');
  });

  it('is undone like every run', async () => {
    await stage.zone('back.test', FOREIGN);
    const profile = stage.profile(PROFILE.replace('acme', 'back'));
    await stage.run(['up', 'back.test', '--profile', profile, '--yes', '--wait=60s', '--json']);
    const down = await stage.run(['down', 'back.test', '--yes', '--json']);
    const undo = await stage.run(['undo', down.report.run, '--yes', '--json']);
    expect(undo.report.errors).toEqual([]);
    const zone = await stage.zoneRecords('back.test');
    expect(zone.filter((record) => record.type === 'MX' && record.name === 'back.test')).toHaveLength(1);
    const again = await stage.run(['up', 'back.test', '--profile', profile, '--yes', '--json', '--wait=60s']);
    expect(again.report.status).toBe('done');
  });
});

describe('mailboxes', () => {
  const profile = () =>
    stage.profile(`
mx: [mail.sandbox.test:10]
mailHost: mail.sandbox.test
ttl: 60
mailcow: { mailboxes: [brett@], aliases: { postmaster: brett } }
`);
  const boxes = async () =>
    ((await stage.control('GET /control/mailcow')) as { mailboxes: { address?: string; username?: string }[] })
      .mailboxes;
  const expire = () => rmSync(join(stage.state, 'facts.json'), { force: true });

  it('stay with what they hold; they are deactivated on request, and undo takes that back', async () => {
    await stage.zone('held.test');
    const path = profile();
    const up = await stage.run(['up', 'held.test', '--profile', path, '--yes', '--wait=60s', '--json']);
    expect(up.report.errors).toEqual([]);
    await stage.run(['down', 'held.test', '--yes', '--now', '--json']);
    expire();
    const down = await stage.run(['down', 'held.test', '--yes', '--now', '--deactivate-mailboxes', '--json']);
    expect(down.report.errors).toEqual([]);
    expect(down.report.operations.map((one) => one.what).join()).toContain('is deactivated with its mailbox');
    expect(JSON.stringify(await boxes())).toContain('brett@held.test');
    const undo = await stage.run(['undo', down.report.run, '--yes', '--json']);
    expect(undo.report.operations.find((one) => one.id.endsWith('/held.test/domain'))).toMatchObject({
      outcome: 'done',
    });
  });

  it('that are empty are deleted on request', async () => {
    await stage.zone('gone.test');
    const path = profile();
    await stage.run(['up', 'gone.test', '--profile', path, '--yes', '--wait=60s', '--json']);
    await stage.run(['down', 'gone.test', '--yes', '--now', '--json']);
    expire();
    const down = await stage.run(['down', 'gone.test', '--yes', '--now', '--delete-mailboxes', '--json']);
    expect(down.report.errors).toEqual([]);
    expect(JSON.stringify(await boxes())).not.toContain('gone.test');
  });
});
