import type { Aws } from '../state.ts';
import { userArn } from './users.ts';

/** IAM's users for tests: all but the secrets. Times are ISO 8601. */
export function describeUsers({ users }: Aws): unknown[] {
  return [...users.values()].map((user) => ({
    account: user.account,
    name: user.name,
    path: user.path,
    arn: userArn(user),
    tags: user.tags,
    policies: Object.fromEntries([...user.policies].map(([name, { document }]) => [name, JSON.parse(document)])),
    keys: user.keys.map(({ key, active, createdAt }) => ({
      id: key.id,
      active,
      createdAt: new Date(createdAt).toISOString(),
      ...(key.lastUsed ? { lastUsed: { ...key.lastUsed, at: new Date(key.lastUsed.at).toISOString() } } : {}),
    })),
  }));
}
