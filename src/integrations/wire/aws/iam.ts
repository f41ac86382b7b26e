import { type AwsSettings, clientConfig, errorName, isLost, said } from './aws.ts';

/** IAM's word on an action: allowed or denied by the caller's policies; unsure: it depends on conditions that only the call itself fills. */
export type Verdict = 'allowed' | 'denied' | 'unsure';

/** Asks IAM what the caller may do, without doing it. */
export interface Simulator {
  /** The verdict on each action on this resource ('*': such as know none) in a region; or why IAM can't be asked. */
  verdicts(
    actions: readonly string[],
    resource: string,
    region: string,
  ): Promise<ReadonlyMap<string, Verdict> | { readonly unable: string }>;
  close(): void;
}

/**
 * Opens SimulatePrincipalPolicy for the caller of this ARN; the SDK is imported at the first question. It counts the policies of the caller
 * and the organisation's; a refusal of the question itself is remembered, so that it is asked once.
 * Source: docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
 */
export function openSimulator(settings: AwsSettings, arn: string): Simulator {
  const principal = principalOf(arn);
  let unable = principal === undefined ? `IAM simulates no policies for ${arn}` : undefined;
  // Where SES is a stand-in, only a stand-in may be asked about its keys.
  if (settings.sesEndpoint !== undefined && settings.iamEndpoint === undefined)
    unable = 'AWS_ENDPOINT_URL_IAM is not set, while other endpoints are';
  let iam: ReturnType<typeof openIam> | undefined;

  return {
    async verdicts(actions, resource, region) {
      if (unable !== undefined) return { unable };
      iam ??= openIam(settings);
      const { client, Command } = await iam;
      const entry = (name: string, value: string) => ({
        ContextKeyName: name,
        ContextKeyType: 'string' as const,
        ContextKeyValues: [value],
      });
      try {
        const answer = await client.send(
          new Command({
            PolicySourceArn: principal,
            ActionNames: [...actions],
            ...(resource === '*' ? {} : { ResourceArns: [resource] }),
            ContextEntries: [entry('aws:RequestedRegion', region), entry('ses:ApiVersion', '2')],
          }),
        );
        return new Map(
          (answer.EvaluationResults ?? []).map((one) => [
            one.EvalActionName ?? '',
            verdictOf(one.EvalDecision, one.MissingContextValues ?? []),
          ]),
        );
      } catch (error) {
        const why = reasonOf(error);
        // What the network did to one question says nothing about the next.
        if (!isLost(error)) unable = why;
        return { unable: why };
      }
    },
    close() {
      void iam?.then(({ client }) => client.destroy());
    },
  };
}

async function openIam(settings: AwsSettings) {
  const { IAMClient, SimulatePrincipalPolicyCommand: Command } = await import('@aws-sdk/client-iam');
  const client = new IAMClient({
    region: 'us-east-1',
    ...clientConfig(settings),
    maxAttempts: 3,
    ...(settings.iamEndpoint === undefined ? {} : { endpoint: settings.iamEndpoint }),
  });
  return { client, Command };
}

/** The entity whose policies count: of an assumed role the role itself (its path is not told). Undefined for root and federated users. */
export function principalOf(arn: string): string | undefined {
  if (/^arn:[\w-]+:iam::\d{12}:(user|role)\/.+$/.test(arn)) return arn;
  const [, partition, account, role] = /^arn:([\w-]+):sts::(\d{12}):assumed-role\/([^/]+)\//.exec(arn) ?? [];
  return role === undefined ? undefined : `arn:${partition}:iam::${account}:role/${role}`;
}

function verdictOf(decision: string | undefined, missing: readonly string[]): Verdict {
  if (decision === 'allowed') return 'allowed';
  return decision === 'explicitDeny' || missing.length === 0 ? 'denied' : 'unsure';
}

function reasonOf(error: unknown): string {
  const name = errorName(error);
  if (/^AccessDenied/.test(name)) return 'the credentials may not ask IAM (iam:SimulatePrincipalPolicy)';
  if (/^NoSuchEntity/.test(name)) return 'IAM does not find the caller’s role: it has a path';
  if (isLost(error)) return 'IAM gave no usable answer';
  return `IAM does not simulate it (${said(error instanceof Error ? error.message : name)})`;
}
