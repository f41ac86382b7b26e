import type { Diagnosis } from '../../core/diagnosis.ts';
import type { Clock, Pace } from '../../core/ground.ts';
import { Problem, toProblem } from '../../core/problem.ts';
import type { AwsSettings } from '../wire/aws/aws.ts';
import { openSesClient, type SesClient } from './client.ts';
import { arnOf, HOME } from './tags.ts';

/** What a write test is told: where, of which domains, whose installation asks, and the name of what is made. */
interface WriteTest {
  readonly regions: readonly string[];
  readonly domains: readonly string[];
  /** The installation's own name; undefined where it has never made anything. */
  readonly home: string | undefined;
  /** 'mailwright-check-1a2b3c' */
  readonly name: string;
  readonly stop?: AbortSignal;
}

/**
 * Puts a tag on an identity of ours in each region, and takes it off again: the least that a write can be. Says why not where there is
 * none; what can't be taken off again is named. Never throws.
 */
export async function testSesWrites(
  settings: AwsSettings,
  test: WriteTest,
  needs: { pace: Pace; clock: Clock },
): Promise<readonly Diagnosis[]> {
  const client = await openSesClient(settings, needs);
  try {
    const { account } = await client.caller(test.regions);
    const lines = await Promise.all(test.regions.map((region) => testRegion(region, account, test, client)));
    return lines.flat();
  } catch (error) {
    return [{ ...at(undefined), status: 'unknown', says: `not tried: ${toProblem(error).message}` }];
  } finally {
    client.close();
  }
}

async function testRegion(region: string, account: string, test: WriteTest, client: SesClient): Promise<Diagnosis[]> {
  const lines: Diagnosis[] = [];
  for (const domain of test.domains) {
    if (test.stop?.aborted) break;
    try {
      if (await isOurs(region, domain, test.home, client))
        lines.push(...(await tagAndUntag(region, arnOf(region, account, 'identity', domain), test.name, client)));
    } catch (error) {
      lines.push({ ...at(region), status: 'unknown', says: `not tried on ${domain}: ${toProblem(error).message}` });
    }
  }
  if (lines.length > 0) return lines;
  const why = test.domains.length === 0 ? 'no domain is named' : `none of ours there of ${test.domains.join(', ')}`;
  return [{ ...at(region), status: 'unprovable', says: `no tag was tried: an identity of ours is needed, ${why}` }];
}

async function isOurs(region: string, domain: string, home: string | undefined, client: SesClient): Promise<boolean> {
  if (home === undefined) return false;
  try {
    const { Tags = [] } = await client.call(region, 'GetEmailIdentity', { EmailIdentity: domain });
    return Tags.some(({ Key, Value }) => Key === HOME && Value === home);
  } catch (error) {
    if (error instanceof Problem && error.code === 'ses.NotFound') return false;
    throw error;
  }
}

async function tagAndUntag(region: string, arn: string, name: string, client: SesClient): Promise<Diagnosis[]> {
  const of = (action: string) => ({ ...at(region), permission: { action, resource: arn } });
  const made = await client.call(region, 'TagResource', { ResourceArn: arn, Tags: [{ Key: name, Value: '' }] }).then(
    () => undefined,
    (error: unknown) => toProblem(error),
  );
  if (made?.code === 'aws.access-denied') {
    const fix = `Allow ses:TagResource on ${arn} (docs/iam-policy.json has all that is needed).`;
    return [{ ...of('ses:TagResource'), status: 'refused', says: 'refused to write a tag', fix }];
  }
  // An answer that was lost says nothing about the tag: it is taken off all the same.
  const gone = await client.call(region, 'UntagResource', { ResourceArn: arn, TagKeys: [name] }).then(
    () => undefined,
    (error: unknown) => toProblem(error),
  );
  const written: Diagnosis = made
    ? { ...of('ses:TagResource'), status: 'unknown', says: made.message }
    : { ...proved(of('ses:TagResource')), says: 'proved: a tag was written' };
  if (!gone) return [written, { ...proved(of('ses:UntagResource')), says: 'proved: it was taken off again' }];
  return [
    written,
    {
      ...of('ses:UntagResource'),
      status: gone.code === 'aws.access-denied' ? 'refused' : 'broken',
      says: `LEFT BEHIND: the tag ${name} on ${arn} could not be taken off: ${gone.message}`,
      fix: `Take it off: aws sesv2 untag-resource --region ${region} --resource-arn ${arn} --tag-keys ${name}`,
    },
  ];
}

function proved(line: Omit<Diagnosis, 'status' | 'says'> & { permission: NonNullable<Diagnosis['permission']> }) {
  return { ...line, status: 'ok' as const, permission: { ...line.permission, proof: 'write' as const } };
}

function at(region: string | undefined): Pick<Diagnosis, 'id' | 'system' | 'about'> {
  return { id: 'ses.write-test', system: 'ses', ...(region === undefined ? {} : { about: region }) };
}
