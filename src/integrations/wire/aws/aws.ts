import { Problem } from '../../../core/problem.ts';

/** How to reach AWS. Keys absent: the SDK looks where it always looks (profile, SSO, container and instance roles). */
export interface AwsSettings {
  readonly accessKeyId?: string | undefined;
  readonly secretAccessKey?: string | undefined;
  readonly sessionToken?: string | undefined;
  readonly profile?: string | undefined;
  readonly sesEndpoint?: string | undefined;
  /** Of the first version of the SES API, where it is not that of the second. */
  readonly sesV1Endpoint?: string | undefined;
  readonly stsEndpoint?: string | undefined;
  readonly iamEndpoint?: string | undefined;
  /** Milliseconds that one call may take. */
  readonly timeoutMs: number;
}

/** Fields of an SDK error that say what happened; unmodelled errors carry only these. */
export interface SdkError {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
}

/** What every SDK client is opened with. Its own retries are off: what may be repeated is for the caller to decide. */
export function clientConfig(settings: AwsSettings) {
  return {
    maxAttempts: 1,
    // An answer that never comes is a lost one.
    requestHandler: {
      connectionTimeout: settings.timeoutMs,
      requestTimeout: settings.timeoutMs,
      throwOnRequestTimeout: true,
    },
    ...(settings.accessKeyId && settings.secretAccessKey
      ? {
          credentials: {
            accessKeyId: settings.accessKeyId,
            secretAccessKey: settings.secretAccessKey,
            ...(settings.sessionToken ? { sessionToken: settings.sessionToken } : {}),
          },
        }
      : {}),
    ...(settings.profile && !settings.accessKeyId ? { profile: settings.profile } : {}),
  };
}

/** Where credentials were looked for, for the sentence of whoever has none. */
export function describeCredentials(settings: AwsSettings): string {
  if (settings.accessKeyId) return `access key ${settings.accessKeyId} from the environment or .env`;
  const profile = settings.profile ? `profile ${settings.profile}` : 'the default profile (AWS_PROFILE is not set)';
  return `tried AWS_ACCESS_KEY_ID (not set), ${profile}, SSO and web identity, container and instance roles`;
}

/** Whose the credentials are, as STS says in this region. Throws the SDK's error. */
export async function readCaller(settings: AwsSettings, region: string): Promise<{ account: string; arn: string }> {
  const { STSClient, GetCallerIdentityCommand } = await import('@aws-sdk/client-sts');
  const sts = new STSClient({
    region,
    ...clientConfig(settings),
    maxAttempts: 3,
    ...(settings.stsEndpoint ? { endpoint: settings.stsEndpoint } : {}),
  });
  try {
    const answer = await sts.send(new GetCallerIdentityCommand({}));
    return { account: answer.Account ?? '', arn: answer.Arn ?? '' };
  } finally {
    sts.destroy();
  }
}

/** AWS's own name of an error ('NotFoundException'), empty where it is none of AWS's. */
export function errorName(error: unknown): string {
  return (error as SdkError | undefined)?.name ?? '';
}

/** Whether AWS refused because of the rate: nothing was done, so the call may be repeated. */
export function isThrottle(error: unknown): boolean {
  const { name, $metadata } = error as SdkError;
  return (
    $metadata?.httpStatusCode === 429 ||
    name === 'TooManyRequestsException' ||
    name === 'ThrottlingException' ||
    name === 'Throttling'
  );
}

/** Whether nobody knows if the call took effect: no answer, or one from before the end of the work. */
export function isLost(error: unknown): boolean {
  const { $metadata, name } = error as SdkError;
  const status = $metadata?.httpStatusCode;
  return name !== 'CredentialsProviderError' && (status === undefined || status >= 500);
}

/** Whether AWS does not know the key: no such key, or a region that the account has not enabled. */
export function isUnknownKey(error: unknown): boolean {
  const known = ['UnrecognizedClientException', 'InvalidClientTokenId', 'OptInRequired', 'OptInRequiredException'];
  return known.includes(errorName(error));
}

/**
 * What of AWS's message people may see. Refusals of a signature quote the request that was signed, with its session token, in the lines
 * that follow the first.
 */
export function said(message: string): string {
  const [line = ''] = message.trim().split(/[\r\n]/, 1);
  return line.replace(/\s*(the canonical string|x-amz-security-token).*/i, '');
}

/** What is wrong with the credentials, as every service of AWS says it; undefined where they are not the matter. `at`: who was asked what. */
export function credentialProblem(error: unknown, at: string, credentials: string): Problem | undefined {
  const { name = 'Error', message: whole = '' } = error as SdkError;
  const message = said(whole);
  const account = (code: string, text: string, fix: string, cause = true) =>
    new Problem('account', code, text, { fix, ...(cause ? { cause: error } : {}) });
  if (name === 'CredentialsProviderError') {
    return account(
      'aws.no-credentials',
      `No AWS credentials: ${credentials} (${message}).`,
      'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (environment or .env), or AWS_PROFILE, or run `aws sso login`.',
    );
  }
  if (/signature expired|request.*too.*skewed|not yet valid|signature not yet current/i.test(`${name} ${message}`)) {
    return account(
      'aws.clock-skew',
      `${at}: AWS refuses the signature because this machine's clock is off by more than five minutes.`,
      'Set the clock (for example: timedatectl set-ntp true), then run again.',
    );
  }
  if (isUnknownKey(error) || ['InvalidSignatureException', 'SignatureDoesNotMatch'].includes(name)) {
    return account(
      'aws.bad-credentials',
      `${at}: AWS does not accept the credentials (${credentials}): ${message}`,
      'Check key id and secret; a deleted or mistyped key looks like this, and so does a region that the account has not enabled.',
    );
  }
  if (name.startsWith('ExpiredToken')) {
    return account(
      'aws.expired-credentials',
      `${at}: the temporary credentials have expired.`,
      'Sign in again (for example: aws sso login).',
    );
  }
  return undefined;
}
