import { type AccessKey, authorize, base32, type KeyOwner, makeKey } from '../gate/keys.ts';
import type { Call } from '../gate/operation.ts';
import type { Policy } from '../gate/policy.ts';
import type { Aws, Tag } from '../state.ts';
import { noSuchEntity, readUserName } from './form.ts';

/** A user of one account. */
export interface IamUser extends KeyOwner {
  /** 'AIDA' and 16 characters. */
  readonly id: string;
  /** Sandbox milliseconds. */
  readonly createdAt: number;
  tags: Tag[];
  readonly policies: Map<string, { readonly document: string; readonly policy: Policy }>;
  readonly keys: UserKey[];
}

/** A key of a user; one that is not active opens no gate. */
export interface UserKey {
  readonly key: AccessKey;
  readonly createdAt: number;
  active: boolean;
}

/** The user's ARN, path included. */
export function userArn({ account, path, name }: Pick<IamUser, 'account' | 'path' | 'name'>): string {
  return `arn:aws:iam::${account}:user${path}${name}`;
}

/** A new user, kept. Names are told apart without regard to case. */
export function makeUser(aws: Aws, user: { account: string; name: string; path?: string; tags?: Tag[] }): IamUser {
  const { account, name, path = '/', tags = [] } = user;
  const made: IamUser = {
    account,
    name,
    path,
    id: `AIDA${base32(16).toUpperCase()}`,
    createdAt: aws.world.clock.now(),
    tags,
    policies: new Map(),
    keys: [],
  };
  aws.users.set(keyOf(account, name), made);
  return made;
}

/** The user of a name, where there is one. */
export function lookUpUser(aws: Aws, account: string, name: string): IamUser | undefined {
  return aws.users.get(keyOf(account, name));
}

/** Takes a user away. */
export function forgetUser(aws: Aws, { account, name }: IamUser): void {
  aws.users.delete(keyOf(account, name));
}

/** A key for a user, who is made where there is none. `policies` count for this key alone: a test's callers share a user. */
export function giveKey(
  aws: Aws,
  owner: { account: string; name: string },
  policies: readonly Policy[] = [],
): AccessKey {
  const user = lookUpUser(aws, owner.account, owner.name) ?? makeUser(aws, owner);
  const key = makeKey(user, policies);
  user.keys.push({ key, createdAt: aws.world.clock.now(), active: true });
  aws.keys.set(key.id, key);
  return key;
}

/**
 * The user that a call is about (the caller where none is named), once IAM allows the action on it. A user that is not there has no path
 * yet, so a policy for a path alone does not even let the caller know that it is missing.
 * @throws AwsError AccessDenied, NoSuchEntity
 */
export function userFor(action: string, form: URLSearchParams, call: Call): IamUser {
  const { account } = call.key;
  const name = form.has('UserName') ? readUserName(form) : call.key.user;
  const user = lookUpUser(call.aws, account, name);
  askIam(action, user ?? { account, path: '/', name, tags: [] }, call);
  if (!user) throw noSuchEntity(`The user with name ${name} cannot be found.`);
  return user;
}

/** Lets an action on a user pass, or refuses it. `request`: tags that the call itself carries. @throws AwsError AccessDenied */
export function askIam(
  action: string,
  user: Pick<IamUser, 'account' | 'path' | 'name' | 'tags'>,
  { key }: Call,
  request: readonly Tag[] = [],
): void {
  const tagKeys = (prefix: string, tags: readonly Tag[]) =>
    tags.map(({ Key, Value }) => [`${prefix}/${Key.toLowerCase()}`, Value]);
  const keys = Object.fromEntries([
    ['aws:principalaccount', key.account],
    ...tagKeys('aws:resourcetag', user.tags),
    ...tagKeys('iam:resourcetag', user.tags),
    ...tagKeys('aws:requesttag', request),
    ...(request.length > 0 ? [['aws:tagkeys', request.map(({ Key }) => Key)]] : []),
  ]);
  authorize(key, [{ action: `iam:${action}`, resource: userArn(user), keys }], true);
}

function keyOf(account: string, name: string): string {
  return `${account}/${name.toLowerCase()}`;
}
