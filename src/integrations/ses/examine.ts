import { type Diagnosis, toDiagnosis } from '../../core/diagnosis.ts';
import type { Clock, Pace } from '../../core/ground.ts';
import { Problem, toProblem } from '../../core/problem.ts';
import { type AwsSettings, describeCredentials } from '../wire/aws/aws.ts';
import { openSimulator } from '../wire/aws/iam.ts';
import { openSesClient, type SesClient } from './client.ts';
import { examinePermissions } from './examine-permissions.ts';
import type { SetUp } from './needed-permissions.ts';

/** What is asked about, and the account that the credentials must be of. */
export interface SesQuestion extends SetUp {
  readonly account?: string | undefined;
}

/** Whether SES can be reached with these credentials, what the account may send, and what the caller may do. Reads only, never throws. */
export async function examineSes(
  settings: AwsSettings,
  question: SesQuestion,
  needs: { pace: Pace; clock: Clock },
): Promise<readonly Diagnosis[]> {
  const client = await openSesClient(settings, needs);
  try {
    const who = await client.caller(question.regions);
    const simulator = openSimulator(settings, who.arn);
    try {
      const regions = await Promise.all(
        question.regions.map((region) => examineRegion(region, { client, simulator, question, account: who.account })),
      );
      return [credentials(who, question.account, settings), ...regions.flat()];
    } finally {
      simulator.close();
    }
  } catch (error) {
    return [toCredentials(toProblem(error), settings)];
  } finally {
    client.close();
  }
}

function credentials(
  who: { account: string; arn: string },
  wanted: string | undefined,
  settings: AwsSettings,
): Diagnosis {
  const at = { id: 'ses.credentials', system: 'ses' };
  const says = `AWS account ${who.account} as ${who.arn} (${foundIn(settings)})`;
  if (wanted === undefined || wanted === who.account) return { ...at, status: 'ok', says };
  return {
    ...at,
    status: 'credentials',
    says: `${says}; the profile wants account ${wanted}`,
    fix: 'Choose the right credentials (AWS_PROFILE or keys), or correct ses.account in the profile.',
  };
}

/** Without any credentials nobody uses SES yet; with some that do not work, they are wrong. */
function toCredentials(problem: Problem, settings: AwsSettings): Diagnosis {
  const line = toDiagnosis(problem, { id: 'ses.credentials', system: 'ses' });
  const nobody = problem.code === 'aws.no-credentials' && settings.profile === undefined;
  return nobody
    ? { ...line, status: 'unconfigured', says: `nobody configured it (${describeCredentials(settings)})` }
    : line;
}

function foundIn(settings: AwsSettings): string {
  if (settings.accessKeyId) return 'key of the environment or .env';
  return settings.profile ? `profile ${settings.profile}` : 'found by the SDK';
}

interface RegionNeeds {
  readonly client: SesClient;
  readonly simulator: ReturnType<typeof openSimulator>;
  readonly question: SesQuestion;
  readonly account: string;
}

async function examineRegion(region: string, needs: RegionNeeds): Promise<readonly Diagnosis[]> {
  const at = { system: 'ses', about: region };
  const [account, permissions] = await Promise.all([
    needs.client.call(region, 'GetAccount', {}).catch((error: unknown) => toProblem(error)),
    examinePermissions(region, needs),
  ]);
  if (account instanceof Problem) {
    // A right that is missing is among the permissions already.
    if (account.code === 'aws.access-denied') return permissions;
    return [toDiagnosis(account, { ...at, id: 'ses.account' })];
  }
  return [
    production(account, { ...at, id: 'ses.production-access' }),
    ...standing(account, { ...at, id: 'ses.sending' }),
    ...permissions,
  ];
}

type Account = Awaited<ReturnType<SesClient['call']>> & {
  ProductionAccessEnabled?: boolean;
  SendQuota?: { Max24HourSend?: number; MaxSendRate?: number; SentLast24Hours?: number };
  SendingEnabled?: boolean;
  EnforcementStatus?: string;
  Details?: { ReviewDetails?: { Status?: string } };
};

type At = Pick<Diagnosis, 'id' | 'system' | 'about'>;

function production({ ProductionAccessEnabled, SendQuota = {}, Details }: Account, at: At): Diagnosis {
  const { Max24HourSend: most = 0, MaxSendRate: rate = 0, SentLast24Hours: sent = 0 } = SendQuota;
  const day = most < 0 ? 'no limit' : `${number(most)} in 24 hours`;
  const quota = `${day}, ${number(rate)} a second, ${number(sent)} sent`;
  if (ProductionAccessEnabled) return { ...at, status: 'ok', says: `production access: ${quota}` };
  const review = Details?.ReviewDetails?.Status;
  return {
    ...at,
    status: 'warning',
    says: `SES sandbox: can write to verified addresses only (${quota})${review ? `; request: ${review}` : ''}`,
    fix:
      review === 'PENDING'
        ? 'AWS is looking at the request; this takes about a day. Domains can be set up meanwhile.'
        : `Request production access for ${at.about} in the SES console (Account dashboard). Domains can be set up meanwhile.`,
  };
}

function standing({ SendingEnabled, EnforcementStatus }: Account, at: At): Diagnosis[] {
  if (EnforcementStatus === 'SHUTDOWN')
    return [{ ...at, status: 'broken', says: 'AWS has stopped sending for this account', fix: 'Answer AWS’s case.' }];
  if (SendingEnabled === false) {
    const fix = 'Switch it on: aws sesv2 put-account-sending-attributes --sending-enabled.';
    return [{ ...at, status: 'broken', says: 'sending is switched off for the account', fix }];
  }
  if (EnforcementStatus === 'PROBATION') {
    const fix = 'Look at bounces and complaints in the SES console (Reputation metrics), and answer AWS’s case.';
    return [{ ...at, status: 'warning', says: 'the account is under review by AWS', fix }];
  }
  return [];
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
