import type { Diagnosis } from '../../core/diagnosis.ts';
import { type Problem, toProblem } from '../../core/problem.ts';
import type { Simulator, Verdict } from '../wire/aws/iam.ts';
import type { SesClient } from './client.ts';
import { NEEDED_BY, type NeededPermission, neededPermissions, type SetUp } from './needed-permissions.ts';
import { arnOf } from './tags.ts';

interface Needs {
  readonly client: SesClient;
  readonly simulator: Simulator;
  readonly question: SetUp;
  readonly account: string;
}

type Permission = NonNullable<Diagnosis['permission']>;

/** Each permission that a run needs in a region: reads are proved by doing them, writes by IAM's simulation where it may be asked. */
export async function examinePermissions(region: string, needs: Needs): Promise<readonly Diagnosis[]> {
  const needed = neededPermissions(needs.question, (path) => {
    const [kind = '', ...name] = path.split('/');
    return arnOf(region, needs.account, kind as Parameters<typeof arnOf>[2], name.join('/'));
  });
  const isRead = (one: NeededPermission) => readOf(one, region, needs.client) !== undefined;
  const [read, simulated] = await Promise.all([
    Promise.all(needed.filter(isRead).map((one) => byCall(one, region, needs.client))),
    bySimulation(
      needed.filter((one) => !isRead(one)),
      region,
      needs.simulator,
    ),
  ]);
  return [...read, ...simulated];
}

/** The harmless call that proves a permission; undefined where only a write could, or nothing is named that could be asked for. */
function readOf({ action, name = '' }: NeededPermission, region: string, client: SesClient) {
  if (name === '*') return undefined;
  switch (action) {
    case 'ses:GetAccount':
      return () => client.call(region, 'GetAccount', {});
    case 'ses:ListEmailIdentities':
      return () => client.call(region, 'ListEmailIdentities', { PageSize: 1 });
    case 'ses:GetEmailIdentity':
      return () => client.call(region, 'GetEmailIdentity', { EmailIdentity: name });
    case 'ses:GetConfigurationSet':
      return () => client.call(region, 'GetConfigurationSet', { ConfigurationSetName: name });
    case 'ses:GetTenant':
      return () => client.call(region, 'GetTenant', { TenantName: name });
    case 'ses:ListTenantResources':
      return () => client.call(region, 'ListTenantResources', { TenantName: name, PageSize: 1 });
    case 'ses:GetIdentityVerificationAttributes':
      return () => client.verificationToken(region, 'example.com');
    default:
      return undefined;
  }
}

async function byCall(one: NeededPermission, region: string, client: SesClient): Promise<Diagnosis> {
  const problem = await readOf(one, region, client)?.().then(
    () => undefined,
    (error: unknown) => toProblem(error),
  );
  // IAM is asked before SES looks: what is not there could have been read.
  if (problem === undefined || problem.code === 'ses.NotFound') return line(one, region, 'ok', { proof: 'call' });
  if (problem.code === 'aws.access-denied') return line(one, region, 'refused');
  return line(one, region, 'unknown', { why: problem });
}

async function bySimulation(
  needed: readonly NeededPermission[],
  region: string,
  simulator: Simulator,
): Promise<readonly Diagnosis[]> {
  const byResource = [...Map.groupBy(needed, (one) => one.resource)];
  // One after the other: where IAM can't be asked, it is asked once.
  const all: Diagnosis[] = [];
  for (const [resource, asked] of byResource) {
    const actions = asked.map((one) => one.action);
    const verdicts = await simulator.verdicts(actions, resource, region);
    for (const one of asked) {
      const verdict = 'unable' in verdicts ? undefined : verdicts.get(one.action);
      all.push(judged(one, region, verdict, 'unable' in verdicts ? verdicts.unable : undefined));
    }
  }
  return all;
}

function judged(
  one: NeededPermission,
  region: string,
  verdict: Verdict | undefined,
  unable: string | undefined,
): Diagnosis {
  if (verdict === 'allowed') return line(one, region, 'ok', { proof: 'simulation' });
  if (verdict === 'denied' && one.name !== '*') return line(one, region, 'refused', { proof: 'simulation' });
  const why =
    verdict === 'denied'
      ? 'not allowed for every domain; name one to know'
      : verdict === 'unsure'
        ? 'it depends on conditions that only the call itself fills'
        : (unable ?? 'IAM does not know the action');
  return line(one, region, 'unprovable', { says: `not provable without writing: ${why}` });
}

function line(
  { action, resource, part }: NeededPermission,
  region: string,
  status: Diagnosis['status'],
  more: { proof?: Permission['proof']; says?: string; why?: Problem } = {},
): Diagnosis {
  const { proof, why } = more;
  const permission = { action, resource, neededBy: NEEDED_BY[part], ...(proof === undefined ? {} : { proof }) };
  const at = { id: `ses.permission.${part}`, system: 'ses', about: region, permission };
  if (why) return { ...at, status, says: why.message, ...(why.fix === undefined ? {} : { fix: why.fix }) };
  if (status !== 'refused')
    return { ...at, status, says: more.says ?? (proof === 'call' ? 'proved by a call' : 'proved by simulation') };
  // Whoever only looks, or takes nothing back, can do without the rest.
  const needless = part === 'remove' || part === 'send';
  return {
    ...at,
    status: needless ? 'warning' : 'refused',
    says: proof === 'simulation' ? 'refused, by IAM’s simulation' : 'refused',
    fix: `Allow ${action} on ${resource} (docs/iam-policy.json has all that is needed).`,
  };
}
