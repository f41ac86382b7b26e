import { Problem } from '../../../core/problem.ts';
import type { SmtpCredential, SmtpGrant, SmtpKey, SmtpUser } from '../../../core/smtp-credentials.ts';
import { USER_PATH } from './iam-calls.ts';
import type { IamClient } from './iam-client.ts';
import { smtpEndpoint } from './smtp-endpoint.ts';
import { smtpPassword } from './smtp-password.ts';
import { POLICY_NAME, readSmtpPolicy, smtpPolicy } from './smtp-policy.ts';

/** IAM users that mail is sent as. `endpoints`: overrides as `smtpEndpoint` takes them. */
export function openSmtpUsers(iam: IamClient, endpoints: readonly string[]) {
  return {
    /** The user as it is; undefined where there is none. */
    async read(UserName: string): Promise<SmtpUser | undefined> {
      const found = await iam.call('GetUser', { UserName }).catch(unlessMissing);
      if (!found) return undefined;
      const [policies, keys] = await Promise.all([
        iam.call('ListUserPolicies', { UserName }),
        iam.call('ListAccessKeys', { UserName }),
      ]);
      const names = policies.PolicyNames ?? [];
      const [own, ...read] = await Promise.all([
        names.includes(POLICY_NAME) ? iam.call('GetUserPolicy', { UserName, PolicyName: POLICY_NAME }) : undefined,
        ...(keys.AccessKeyMetadata ?? []).map(async ({ AccessKeyId = '', Status, CreateDate }): Promise<SmtpKey> => {
          const { AccessKeyLastUsed: last } = await iam.call('GetAccessKeyLastUsed', { AccessKeyId });
          const at = last?.LastUsedDate?.getTime();
          return {
            id: AccessKeyId,
            active: Status === 'Active',
            createdAt: CreateDate?.getTime() ?? 0,
            ...(at === undefined
              ? {}
              : { lastUsed: { at, service: last?.ServiceName ?? '', region: last?.Region ?? '' } }),
          };
        }),
      ]);
      return {
        arn: found.User?.Arn ?? '',
        tags: Object.fromEntries((found.User?.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value])),
        // IAM hands policy documents out percent-encoded (RFC 3986).
        grant: own ? readSmtpPolicy(decodeURIComponent(own.PolicyDocument ?? '')) : undefined,
        otherPolicies: names.filter((name) => name !== POLICY_NAME),
        keys: read.toSorted((a, b) => a.createdAt - b.createdAt),
      };
    },

    async createUser(UserName: string, tags: Readonly<Record<string, string>>): Promise<void> {
      await iam.call('CreateUser', { UserName, Path: USER_PATH, Tags: tagList(tags) });
    },

    async tagUser(UserName: string, tags: Readonly<Record<string, string>>): Promise<void> {
      await iam.call('TagUser', { UserName, Tags: tagList(tags) });
    },

    async putPolicy(UserName: string, grant: SmtpGrant): Promise<void> {
      const PolicyDocument = JSON.stringify(smtpPolicy(grant));
      await iam.call('PutUserPolicy', { UserName, PolicyName: POLICY_NAME, PolicyDocument });
    },

    /** Makes a key and derives what relays need; its secret goes no further. */
    async createKey(UserName: string, regions: readonly string[]): Promise<readonly SmtpCredential[]> {
      const { AccessKey } = await iam.call('CreateAccessKey', { UserName });
      const key = { id: AccessKey?.AccessKeyId ?? '', secret: AccessKey?.SecretAccessKey ?? '' };
      return regions.map((region) => ({
        region,
        ...smtpEndpoint(region, endpoints),
        username: key.id,
        password: smtpPassword(key, region),
      }));
    },

    async deactivateKey(UserName: string, AccessKeyId: string): Promise<void> {
      await iam.call('UpdateAccessKey', { UserName, AccessKeyId, Status: 'Inactive' });
    },

    async deleteKey(UserName: string, AccessKeyId: string): Promise<void> {
      await iam.call('DeleteAccessKey', { UserName, AccessKeyId }).catch(unlessMissing);
    },
  };
}

function unlessMissing(error: unknown): undefined {
  if (error instanceof Problem && error.code === 'iam.NoSuchEntity') return undefined;
  throw error;
}

function tagList(tags: Readonly<Record<string, string>>) {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
