import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

/** Every write that bringing a domain up and taking it back makes, by the ledger's names. */
const UP = [
  ['ses', 'CreateConfigurationSet'],
  ['ses', 'CreateTenant'],
  ['ses', 'CreateEmailIdentity'],
  ['ses', 'CreateTenantResourceAssociation'],
  ['ses', 'PutEmailIdentityMailFromAttributes'],
  ['cloudflare', 'dns_records.batch'],
] as const;
const BACK = [
  ['ses', 'DeleteTenantResourceAssociation'],
  ['ses', 'PutEmailIdentityMailFromAttributes'],
  ['ses', 'DeleteEmailIdentity'],
  ['ses', 'DeleteTenant'],
  ['ses', 'DeleteConfigurationSet'],
  ['cloudflare', 'dns_records.batch'],
] as const;
/** How an answer is lost: the work is done each time. */
const WAYS = [{ kind: 'error-after' }, { kind: 'drop', bytes: 10 }, { kind: 'hang' }] as const;

const FOREIGN = [{ name: '@', type: 'TXT', content: '"google-site-verification=abc"', ttl: 300 }];
/** A call that is never answered counts as lost after two seconds here. */
const ENV = { MAILWRIGHT_CALL_TIMEOUT: '2' };
let number = 0;

async function openCase() {
  number += 1;
  const label = `lost${number}`;
  const domain = `${label}.test`;
  // A region of its own for each, so that nothing else there uses what is to be taken back.
  const region = ['eu-west-1', 'eu-west-2', 'eu-west-3', 'eu-central-1', 'eu-north-1', 'ca-central-1'][number % 6];
  await stage.zone(domain, FOREIGN);
  const profile = stage.profile(`ses: { regions: [${region}], tenant: ${label} }\n`);
  const before = await stage.zoneRecords(domain);
  return {
    domain,
    label,
    before,
    up: () => stage.run(['up', domain, '--profile', profile, '--yes', '--json', '--wait=60s'], ENV),
    async undo() {
      const list = await stage.run(['runs', '--json', '--all', '--domain', domain]);
      const runs = (JSON.parse(list.stdout) as { run: string; verb: string }[]).filter((one) => one.verb === 'up');
      return stage.run(['undo', ...runs.map((one) => one.run), '--yes', '--json'], ENV);
    },
  };
}

/** What took effect, by name and what it was about; nothing may have been done twice. */
async function effects(since: number): Promise<string[]> {
  const rows = (await stage.ledger(undefined, since)).filter((row) => row.effect && row.system !== 'dns');
  return rows.map((row) => `${row.operation} ${JSON.stringify(row.request.body ?? row.request.path)}`);
}

type Write = readonly [system: string, operation: string];

/** A run up and back in which the first answer to each of these writes is lost. */
async function survive(way: object, up: readonly Write[], back: readonly Write[]): Promise<void> {
  const one = await openCase();
  const since = await stage.mark();
  const lose = async (writes: readonly Write[]) => {
    for (const [system, operation] of writes)
      await stage.control('POST /faults', { ...way, system, operation, count: 1 });
  };
  await lose(up);
  const first = await one.up();
  await stage.control('DELETE /faults');
  // Many lost answers take more looks than a run makes by itself: then it is finished by running again.
  const report = first.report.status === 'done' ? first.report : (await one.up()).report;
  expect([report.status, report.errors]).toEqual(['done', []]);
  // Nothing was made twice, and everything that was made is known as ours.
  const creates = (await effects(since)).filter((line) => /^(Create|dns_records)/.test(line));
  expect(new Set(creates).size).toBe(creates.length);
  const zone = (await stage.zoneRecords(one.domain)).map((row) => `${row.name} ${row.type} ${row.content}`);
  expect(new Set(zone).size).toBe(zone.length);

  await lose(back);
  await one.undo();
  await stage.control('DELETE /faults');
  const again = await one.undo();
  expect([again.report.status, again.report.errors]).toEqual(['done', []]);
  expect(await stage.zoneRecords(one.domain)).toEqual(one.before);
  expect(await stage.control(`GET /control/aws/identities?name=${one.domain}`)).toEqual([]);
  const tenants = (await stage.control('GET /control/aws/tenants')) as { name: string }[];
  expect(tenants.map((tenant) => tenant.name)).not.toContain(one.label);
  const list = await stage.run(['list', '--json', '--standing', 'managed']);
  expect(list.stdout).not.toContain(`"${one.domain}"`);
  expect((await stage.ledger()).filter((row) => row.forbidden)).toEqual([]);
}

describe.each(WAYS)('answers that are lost ($kind)', (way) => {
  it('to every write of a run, up and back, are found by looking', { timeout: 180_000 }, async () => {
    await survive(way, UP, BACK);
  });
  // One by one takes minutes: asked for where there is time.
  it.runIf(process.env.TEST_THOROUGH).each(UP)('%s %s alone', { timeout: 120_000 }, (...write) =>
    survive(way, [write], []),
  );
  it.runIf(process.env.TEST_THOROUGH).each(BACK)('on the way back: %s %s alone', { timeout: 120_000 }, (...write) =>
    survive(way, [], [write]),
  );
});
