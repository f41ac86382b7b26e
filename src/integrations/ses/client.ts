import type { GetEmailIdentityCommandOutput, SESv2Client } from '@aws-sdk/client-sesv2';
import type { Clock, Pace } from '../../core/ground.ts';
import { Problem } from '../../core/problem.ts';
import {
  type AwsSettings,
  clientConfig,
  describeCredentials,
  errorName,
  isLost,
  isThrottle,
  isUnknownKey,
  readCaller,
  said,
} from '../wire/aws/aws.ts';
import { SES_CALLS, type SesCall, type SesV2Call } from './calls.ts';
import { sesProblem, WHO } from './problems.ts';

type Sdk = typeof import('@aws-sdk/client-sesv2');
type Input<C extends SesV2Call> = ConstructorParameters<Sdk[`${C}Command`]>[0];
type Output<C extends SesV2Call> = C extends 'GetEmailIdentity'
  ? GetEmailIdentityCommandOutput
  : InstanceType<Sdk[`${C}Command`]> extends {
        resolveMiddleware(...args: never[]): (...args: never[]) => Promise<infer R>;
      }
    ? R extends { output: infer O }
      ? O
      : never
    : never;

/** Calls SES in any region: the calls of the table only, at the account's pace, with Problems for errors. */
export interface SesClient {
  call<C extends SesV2Call>(region: string, call: C, input: Input<C>): Promise<Output<C>>;
  /** The token for a TXT record at _amazonses, where one was made; with `make`, one is made now. */
  verificationToken(region: string, domain: string, make?: 'make'): Promise<string | undefined>;
  /** Whose the credentials are, as STS says in the first of these regions that knows them: each partition has its own. */
  caller(regions?: readonly string[]): Promise<{ account: string; arn: string }>;
  close(): void;
}

/** Opens the SDK, imported only here. Its own retries are off: what may be repeated is decided below. */
export async function openSesClient(settings: AwsSettings, needs: { pace: Pace; clock: Clock }): Promise<SesClient> {
  const sdk = await import('@aws-sdk/client-sesv2');
  const clients = new Map<string, SESv2Client>();
  const credentials = describeCredentials(settings);
  const shared = clientConfig(settings);
  const clientOf = (region: string): SESv2Client => {
    const known = clients.get(region);
    if (known) return known;
    const client = new sdk.SESv2Client({
      region,
      ...shared,
      ...(settings.sesEndpoint ? { endpoint: settings.sesEndpoint } : {}),
    });
    clients.set(region, client);
    return client;
  };

  async function call<C extends SesV2Call>(region: string, call: C, input: Input<C>): Promise<Output<C>> {
    const Command = sdk[`${call}Command`] as unknown as new (input: Input<C>) => never;
    return paced(region, call, () => clientOf(region).send(new Command(input)) as Promise<Output<C>>);
  }

  async function paced<T>(region: string, call: SesCall, send: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      await needs.pace.turn(`ses ${region}`);
      try {
        return await send();
      } catch (error) {
        const throttled = isThrottle(error);
        if (throttled) needs.pace.throttled(`ses ${region}`);
        // A throttled or conflicting call did nothing; a lost answer to a read costs nothing to ask again. A lost write is looked for.
        const again =
          throttled ||
          errorName(error) === 'ConcurrentModificationException' ||
          (isLost(error) && !SES_CALLS[call].writes);
        if (!again || attempt >= 4) throw sesErrorOrProblem(error, { call, region, credentials });
        await needs.clock.sleep(200 * 2 ** attempt * (0.5 + Math.random()));
      }
    }
  }

  return {
    call,
    async verificationToken(region, domain, make) {
      const { openV1 } = await import('./v1.ts');
      const endpoint = settings.sesV1Endpoint ?? settings.sesEndpoint;
      const v1 = openV1({ region, ...shared, ...(endpoint ? { endpoint } : {}) });
      try {
        return await (make
          ? paced(region, 'VerifyDomainIdentity', () => v1.makeToken(domain))
          : paced(region, 'GetIdentityVerificationAttributes', () => v1.readToken(domain)));
      } finally {
        v1.close();
      }
    },
    async caller(regions = []) {
      const all = regions.length > 0 ? regions : ['us-east-1'];
      for (const region of all) {
        try {
          return await readCaller(settings, region);
        } catch (error) {
          // A region that the account has not enabled knows none of its keys; the next may.
          if (isUnknownKey(error) && region !== all.at(-1)) continue;
          throw sesProblem(error, { call: WHO, region, credentials });
        }
      }
      throw new Problem('account', 'aws.bad-credentials', 'No region to ask whose the credentials are.');
    },
    close() {
      for (const client of clients.values()) client.destroy();
    },
  };
}

/** NotFound and AlreadyExists are answers to some calls, so their names survive as codes: 'ses.NotFound'. */
function sesErrorOrProblem(error: unknown, asked: { call: string; region: string; credentials: string }): Problem {
  const name = errorName(error);
  if (name === 'NotFoundException' || name === 'AlreadyExistsException') {
    const message = error instanceof Error ? said(error.message) : name;
    return new Problem(
      'failed',
      `ses.${name.replace('Exception', '')}`,
      `SES ${asked.region}, ${asked.call}: ${message}`,
      { cause: error },
    );
  }
  return sesProblem(error, asked);
}
