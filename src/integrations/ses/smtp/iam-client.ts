import type { IAMClient } from '@aws-sdk/client-iam';
import type { Clock } from '../../../core/ground.ts';
import type { Problem } from '../../../core/problem.ts';
import { type AwsSettings, clientConfig, describeCredentials, isLost, isThrottle } from '../../wire/aws/aws.ts';
import { IAM_CALLS, type IamCall } from './iam-calls.ts';
import { iamProblem } from './iam-problems.ts';

type Sdk = typeof import('@aws-sdk/client-iam');
type Input<C extends IamCall> = ConstructorParameters<Sdk[`${C}Command`]>[0];
type Output<C extends IamCall> =
  InstanceType<Sdk[`${C}Command`]> extends {
    resolveMiddleware(...args: never[]): (...args: never[]) => Promise<infer R>;
  }
    ? R extends { output: infer O }
      ? O
      : never
    : never;

/** Calls IAM: the calls of the table only, with Problems for errors ('iam.NoSuchEntity'). */
export interface IamClient {
  call<C extends IamCall>(call: C, input: Input<C>): Promise<Output<C>>;
  close(): void;
}

/** Opens the SDK. IAM is one service for each partition, at home in one region. */
export async function openIamClient(settings: AwsSettings, partition: string, clock: Clock): Promise<IamClient> {
  const sdk = await import('@aws-sdk/client-iam');
  const client: IAMClient = new sdk.IAMClient({
    region: partition === 'aws-us-gov' ? 'us-gov-west-1' : 'us-east-1',
    ...clientConfig(settings),
    ...(settings.iamEndpoint === undefined ? {} : { endpoint: settings.iamEndpoint }),
  });
  const credentials = describeCredentials(settings);
  const made = new Set<unknown>();

  /** IAM believes in a new user only after some seconds (user guide, "Changes that I make are not always immediately visible"). */
  const isTooNew = (problem: Problem, user: unknown) => problem.code === 'iam.NoSuchEntity' && made.has(user);

  return {
    async call<C extends IamCall>(call: C, input: Input<C>): Promise<Output<C>> {
      const Command = sdk[`${call}Command`] as unknown as new (input: Input<C>) => never;
      const { UserName: user } = input as { UserName?: string };
      for (let attempt = 1; ; attempt += 1) {
        try {
          const answer = (await client.send(new Command(input))) as Output<C>;
          if (call === 'CreateUser') made.add(user);
          return answer;
        } catch (error) {
          const problem = iamProblem(error, call, credentials);
          const again = isThrottle(error) || isTooNew(problem, user) || (isLost(error) && !('once' in IAM_CALLS[call]));
          if (!again || attempt >= 5) throw problem;
          await clock.sleep(250 * 2 ** attempt * (0.5 + Math.random()));
        }
      }
    },
    close: () => client.destroy(),
  };
}
