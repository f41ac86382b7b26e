import { expect, it } from 'vitest';
import { type Check, check } from '../../src/core/checks/check.ts';
import { openVerifier } from '../../src/domains/audit/verify.ts';
import { openReport } from '../../src/domains/report.ts';
import type { Plan } from '../../src/planning/plan.ts';
import { parseZone, zoneResolver } from '../zone-data.ts';

const planned = (id: Check['id'], name: string): Check =>
  check(id, {
    status: 'failed',
    system: 'dns',
    name,
    expected: 'as the wish has it',
    seen: [{ by: 'plan', value: 'seen by the plan' }],
  });

it.each<[Check['id'], string]>([
  ['mx.replies', 'own.test'],
  ['dmarc.report-host', 'own.test'],
  ['spf.root', 'own.test'],
])('what plan and audit both find is said once, by the plan: %s', async (id, name) => {
  const zone = parseZone(
    'own.test',
    '@ NS ns1.host.example\n@ NS ns2.host.example\n_dmarc TXT v=DMARC1; p=reject; rua=mailto:d@own.test',
  );
  const verify = openVerifier({
    resolver: zoneResolver(zone),
    facts: { recall: async () => undefined, remember: async () => {} },
    clock: { now: () => 0 },
    failOn: 'error',
    allowPrivate: false,
    outside: {},
  });
  const plan = { domain: 'own.test', published: [], checks: [planned(id, name)] } as unknown as Plan;
  const report = { ...openReport('', 'check', 'own.test', () => 0).finish('done'), checks: plan.checks } as never;
  const [verified] = await verify([{ report, plan }]);
  const same = id === 'spf.root' ? ['spf.root', 'spf.none'] : [id];
  const said = verified?.checks.filter((one) => same.includes(one.id) && one.name === name);
  expect(said?.map(({ seen: [first] }) => first?.value)).toEqual(['seen by the plan']);
});
