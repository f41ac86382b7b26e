import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const SPF = ['v=spf1 include:_spf.google.com ~all', 'v=spf1 ip4:192.0.2.7 -all'];
const DMARC = [
  'v=DMARC1; p=none; rua=mailto:a@far.test',
  'v=DMARC1;p=quarantine;pct=100;rua=mailto:dmarc@several.test',
];

/** A zone's records as its editor sees them. */
async function zoneText(): Promise<string[]> {
  const records = await stage.zoneRecords('several.test');
  return records.map((one) => [one.name, one.type, one.content, one.ttl, one.comment].join(' ')).toSorted();
}

describe('several SPF and DMARC records at a name', () => {
  let profile = '';
  let before: string[] = [];
  beforeAll(async () => {
    profile = stage.profile('spf: { root: merge }\ndmarc: { reports: add }\n');
    await stage.zone('several.test', [
      ...SPF.map((text, index) => ({
        name: '@',
        type: 'TXT',
        content: `"${text}"`,
        ttl: 300 + index,
        comment: 'theirs',
      })),
      ...DMARC.map((text) => ({ name: '_dmarc', type: 'TXT', content: `"${text}"`, ttl: 300 })),
    ]);
    before = await zoneText();
  });

  it('are shown as the one that they would be, and left', async () => {
    const plan = await stage.run(['plan', 'several.test', '--profile', profile, '--json']);
    expect(plan.exit).toBe(4);
    const [conflict] = plan.report.errors;
    expect(conflict).toMatchObject({ code: 'spf.multiple', fix: expect.stringContaining('--merge-several') });
    expect(conflict?.message).toContain('"v=spf1 include:_spf.google.com ip4:192.0.2.7 include:amazonses.com ~all"');
    const dmarc = plan.report.checks.find((one) => one.id === 'dmarc.multiple');
    expect(dmarc?.fix).toContain('"v=DMARC1; p=quarantine; rua=mailto:dmarc@several.test,mailto:a@far.test"');
    expect(await zoneText()).toEqual(before);
  });

  it('become one where a person said so, and are several again by undo, to the letter', async () => {
    const args = ['several.test', '--profile', profile, '--merge-several', '--yes', '--json', '--wait=60s'];
    const up = await stage.run(['up', ...args]);
    expect(up.report.errors).toEqual([]);
    expect(up.report.status).toBe('done');
    const texts = (await stage.zoneRecords('several.test')).map((one) => one.content);
    expect(texts.filter((text) => text.startsWith('"v=spf1') && text.includes('192.0.2.7'))).toEqual([
      '"v=spf1 include:_spf.google.com ip4:192.0.2.7 include:amazonses.com ~all"',
    ]);
    expect(texts.filter((text) => text.startsWith('"v=DMARC1'))).toEqual([
      '"v=DMARC1; p=quarantine; rua=mailto:dmarc@several.test,mailto:a@far.test"',
    ]);
    const again = await stage.run(['up', ...args]);
    expect(again.report.operations).toEqual([]);

    const runs = JSON.parse((await stage.run(['runs', '--json', '--domain', 'several.test'])).stdout) as {
      run: string;
      verb: string;
      changes: unknown[];
    }[];
    const run = runs.find((one) => one.verb === 'up' && one.changes.length > 0)?.run ?? '';
    const undone = await stage.run(['undo', run, '--yes', '--json']);
    expect(undone.report.left).toEqual([]);
    expect(undone.report.status).toBe('done');
    expect(await zoneText()).toEqual(before);
  });
});

it('a sub-domain gets a policy of its own only on request, and only a stricter one', async () => {
  await stage.zone('parent.test', [
    { name: '_dmarc', type: 'TXT', content: '"v=DMARC1; p=reject; sp=quarantine; rua=mailto:d@parent.test"', ttl: 300 },
  ]);
  const plan = async (policy: string, ...more: string[]) => {
    const profile = stage.profile(`dmarc: { policy: ${policy} }\n`);
    const { report } = await stage.run(['plan', 'news.parent.test', '--profile', profile, '--json', ...more]);
    return report;
  };
  const own = (report: Awaited<ReturnType<typeof plan>>) =>
    report.operations.find((one) => one.id === 'dns _dmarc.news.parent.test TXT');
  const left = await plan('reject');
  expect(own(left)).toBeUndefined();
  expect(left.checks.find((one) => one.id === 'dmarc.weaker')?.seen[0]?.value).toContain('inherited:');
  expect(own(await plan('quarantine', '--dmarc-apply'))).toBeUndefined();
  expect(own(await plan('none', '--dmarc-apply'))).toBeUndefined();
  const raised = own(await plan('reject', '--dmarc-apply'));
  expect(raised?.effect).toContain('_dmarc.parent.test and its report addresses count here no longer');
});

it('a sender that somebody’s record does not let pass is left, and said', async () => {
  await stage.zone('refuses.test', [
    { name: '@', type: 'TXT', content: '"v=spf1 mx ?include:amazonses.com -all"', ttl: 300 },
  ]);
  const profile = stage.profile('spf: { root: merge }\n');
  const { report } = await stage.run(['plan', 'refuses.test', '--profile', profile, '--json']);
  expect(report.operations.map((one) => one.id)).not.toContain('dns refuses.test TXT spf');
  const found = report.checks.find((one) => one.id === 'spf.root');
  expect(found).toMatchObject({ status: 'failed', fix: expect.stringContaining('"include:amazonses.com" instead of') });
});

it('a policy that is misspelt is named, and none of ours is written beside it', async () => {
  await stage.zone('misspelt.test', [{ name: '_dmarc', type: 'TXT', content: '"v=dmarc1; p=reject"', ttl: 300 }]);
  const { report } = await stage.run(['plan', 'misspelt.test', '--json']);
  expect(report.operations.filter((one) => one.id.includes('_dmarc'))).toEqual([]);
  expect(report.checks.filter((one) => one.name === '_dmarc.misspelt.test')).toMatchObject([
    { id: 'dmarc.version', status: 'failed', fix: expect.stringContaining('then ours is written') },
  ]);
});
