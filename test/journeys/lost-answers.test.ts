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

describe.each(WAYS)('an answer that is lost ($kind)', (way) => {
  it.each(UP)(
    '%s %s is found by looking, and nothing is made twice',
    { timeout: 120_000 },
    async (system, operation) => {
      const one = await openCase();
      const since = await stage.mark();
      await stage.control('POST /faults', { ...way, system, operation, count: 1 });
      const up = await one.up();
      await stage.control('DELETE /faults');
      // An immediate look can come before the last word of SES: then it is finished by running again.
      const report = up.report.status === 'done' ? up.report : (await one.up()).report;
      expect([report.status, report.errors]).toEqual(['done', []]);
      const done = await effects(since);
      const creates = done.filter((line) => /^(Create|dns_records)/.test(line));
      expect(new Set(creates).size).toBe(creates.length);
      const zone = (await stage.zoneRecords(one.domain)).map((row) => `${row.name} ${row.type} ${row.content}`);
      expect(new Set(zone).size).toBe(zone.length);
      await one.undo();
    },
  );

  it.each(BACK)('on the way back: %s %s', { timeout: 120_000 }, async (system, operation) => {
    const one = await openCase();
    expect((await one.up()).report.status).toBe('done');
    await stage.control('POST /faults', { ...way, system, operation, count: 1 });
    await one.undo();
    await stage.control('DELETE /faults');
    const again = await one.undo();
    expect([again.report.status, again.report.errors]).toEqual(['done', []]);
    expect(await stage.zoneRecords(one.domain)).toEqual(one.before);
    const identities = (await stage.control(`GET /control/aws/identities?name=${one.domain}`)) as unknown[];
    expect(identities).toEqual([]);
    const tenants = (await stage.control('GET /control/aws/tenants')) as { name: string }[];
    expect(tenants.map((tenant) => tenant.name)).not.toContain(one.label);
    expect((await stage.ledger()).filter((row) => row.forbidden)).toEqual([]);
  });
});
