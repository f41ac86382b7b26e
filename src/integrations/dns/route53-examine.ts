import { type Diagnosis, toDiagnosis } from '../../core/diagnosis.ts';
import type { Zone } from '../../core/dns-provider.ts';
import { Problem, toProblem } from '../../core/problem.ts';
import { type AwsSettings, readCaller } from '../wire/aws/aws.ts';
import { openSimulator, type Simulator } from '../wire/aws/iam.ts';
import { type Route53Api, route53Problem } from './route53-api.ts';

interface Access {
  /** The account that the profile names. */
  readonly wanted: string | undefined;
  readonly findZone: (name: string) => Promise<Zone>;
}

const CREDENTIALS = { id: 'route53.credentials', system: 'route53' };
const LISTS = 'docs/dns/route53.md lists all that is needed';

/** Whose the credentials are, and what they may do with the zones of these names; writes by IAM's simulation, where it may be asked. */
export async function examineRoute53(
  aws: AwsSettings,
  api: Route53Api,
  { wanted, findZone }: Access,
  names: readonly string[],
): Promise<readonly Diagnosis[]> {
  const who = await readCaller(aws, 'us-east-1').catch((error: unknown) =>
    route53Problem(error, 'sts:GetCallerIdentity', 'its own, else those of SES'),
  );
  if (who instanceof Problem) return [toDiagnosis(who, CREDENTIALS)];
  const says = `AWS account ${who.account} as ${who.arn}`;
  if (wanted !== undefined && wanted !== who.account) {
    const fix =
      'Use credentials of that account (ROUTE53_AWS_PROFILE or ROUTE53_ACCESS_KEY_ID), or correct dns.account.';
    return [{ ...CREDENTIALS, status: 'credentials', says: `${says}; the profile wants ${wanted}`, fix }];
  }
  const simulator = openSimulator(aws, who.arn);
  try {
    const [listing, zones] = await Promise.all([
      api.zones().then(() => undefined, toProblem),
      Promise.all(names.map((name) => examineName(name, api, findZone, simulator))),
    ]);
    const lines = new Map(zones.flat().map((line) => [JSON.stringify(line), line]));
    const list = {
      ...asked('ListHostedZones', '*'),
      permission: { ...asked('ListHostedZones', '*').permission, neededBy: 'list' },
    };
    return [{ ...CREDENTIALS, status: 'ok', says }, listing ? listed(listing, list) : proved(list), ...lines.values()];
  } finally {
    simulator.close();
  }
}

/** Only `list` asks for all zones: without the right everything else works. */
function listed(problem: Problem, line: ReturnType<typeof asked>): Diagnosis {
  const wrong = toDiagnosis(problem, line);
  return wrong.status === 'refused'
    ? {
        ...wrong,
        status: 'warning',
        says: 'refused',
        fix: `Allow route53:ListHostedZones on * (${LISTS}).`,
      }
    : wrong;
}

async function examineName(name: string, api: Route53Api, findZone: Access['findZone'], simulator: Simulator) {
  const zone = await findZone(name).catch(toProblem);
  if (zone instanceof Problem) {
    const call = /GetHostedZone,?/.test(zone.message) ? 'GetHostedZone' : 'ListHostedZonesByName';
    return [refusedOr(zone, asked(call, '*', name))];
  }
  const arn = `arn:aws:route53:::hostedzone/${zone.id}`;
  const read = await api.sets(zone.id).then(() => undefined, toProblem);
  const sets = asked('ListResourceRecordSets', arn, zone.name);
  return [
    proved(asked('ListHostedZonesByName', '*', zone.name)),
    proved(asked('GetHostedZone', arn, zone.name)),
    read ? refusedOr(read, sets) : proved(sets),
    await simulated(asked('ChangeResourceRecordSets', arn, zone.name), simulator),
    await simulated(asked('GetChange', 'arn:aws:route53:::change/*', zone.name), simulator),
  ];
}

async function simulated(line: ReturnType<typeof asked>, simulator: Simulator): Promise<Diagnosis> {
  const { action, resource } = line.permission;
  const verdicts = await simulator.verdicts([action], resource, 'us-east-1');
  if ('unable' in verdicts)
    return { ...line, status: 'unprovable', says: `not provable without writing: ${verdicts.unable}` };
  const verdict = verdicts.get(action);
  const permission = { ...line.permission, proof: 'simulation' as const };
  if (verdict === 'allowed') return { ...line, permission, status: 'ok', says: 'proved by simulation' };
  // A policy may allow changes of mail's records alone: conditions on names and types that no simulation without them meets.
  if (verdict !== 'denied')
    return {
      ...line,
      status: 'unprovable',
      says: 'not provable without writing: it depends on conditions of the call',
    };
  const fix = `Allow ${action} on ${resource} (${LISTS}).`;
  return { ...line, permission, status: 'refused', says: 'refused, by IAM’s simulation', fix };
}

function asked(call: string, resource: string, about?: string) {
  return {
    id: 'route53.permission',
    system: 'route53',
    ...(about === undefined ? {} : { about }),
    permission: { action: `route53:${call}`, resource },
  };
}

function refusedOr(problem: Problem, line: ReturnType<typeof asked>): Diagnosis {
  if (problem.code !== 'route53.access-denied') return toDiagnosis(problem, line);
  const { action, resource } = line.permission;
  return { ...line, status: 'refused', says: problem.message, fix: `Allow ${action} on ${resource} (${LISTS}).` };
}

function proved(line: ReturnType<typeof asked>): Diagnosis {
  return { ...line, permission: { ...line.permission, proof: 'call' }, status: 'ok', says: 'proved by a call' };
}
