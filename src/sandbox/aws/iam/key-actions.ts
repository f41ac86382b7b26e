import { AwsError } from '../gate/errors.ts';
import { callerArn } from '../gate/keys.ts';
import type { Call } from '../gate/operation.ts';
import { xml } from '../gate/replies.ts';
import type { IamAction } from './actions.ts';
import { limitExceeded, noSuchEntity, pageOf, readText } from './form.ts';
import { askIam, giveKey, type IamUser, type UserKey, userFor } from './users.ts';

const KEY_ID = /^\w{16,128}$/;

/** Keys that a user may have; a quota that nobody can raise (IAM user guide, "IAM and AWS STS quotas"). */
const MOST_KEYS = 2;

/** Access keys of users. A user is the caller where none is named. */
export const keyActions: readonly (readonly [string, IamAction])[] = [
  [
    'CreateAccessKey',
    {
      writes: true,
      run(form, call) {
        const user = userFor('CreateAccessKey', form, call);
        if (user.keys.length >= MOST_KEYS)
          throw limitExceeded(`Cannot exceed quota for AccessKeysPerUser: ${MOST_KEYS}`);
        const { id, secret } = giveKey(call.aws, user);
        const made = user.keys.find(({ key }) => key.id === id);
        return {
          xml: `<AccessKey>${made ? describe(user, made) : ''}<SecretAccessKey>${xml(secret)}</SecretAccessKey></AccessKey>`,
        };
      },
    },
  ],
  [
    'ListAccessKeys',
    {
      writes: false,
      run(form, call) {
        const user = userFor('ListAccessKeys', form, call);
        return {
          xml: pageOf(
            form,
            'AccessKeyMetadata',
            user.keys.map((one) => `<member>${describe(user, one)}</member>`),
          ),
        };
      },
    },
  ],
  [
    'UpdateAccessKey',
    {
      writes: true,
      run(form, call) {
        const status = readText(form, 'Status', /^(Active|Inactive)$/);
        const { one } = find('UpdateAccessKey', form, call);
        one.active = status === 'Active';
        if (one.active) call.aws.keys.set(one.key.id, one.key);
        else call.aws.keys.delete(one.key.id);
        return {};
      },
    },
  ],
  [
    'DeleteAccessKey',
    {
      writes: true,
      run(form, call) {
        const { user, one } = find('DeleteAccessKey', form, call);
        user.keys.splice(user.keys.indexOf(one), 1);
        call.aws.keys.delete(one.key.id);
        return { takesFrom: user };
      },
    },
  ],
  [
    'GetAccessKeyLastUsed',
    {
      writes: false,
      run(form, call) {
        const id = readText(form, 'AccessKeyId', KEY_ID);
        const users = [...call.aws.users.values()].filter(({ account }) => account === call.key.account);
        const user = users.find(({ keys }) => keys.some(({ key }) => key.id === id));
        // Whose a key is that nobody has can't be told, so nobody may ask about it.
        if (!user)
          throw new AwsError(
            'AccessDenied',
            403,
            `User: ${callerArn(call.key)} is not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key ${id}`,
          );
        askIam('GetAccessKeyLastUsed', user, call);
        const last = user.keys.find(({ key }) => key.id === id)?.key.lastUsed;
        const when = last ? `<LastUsedDate>${new Date(last.at).toISOString()}</LastUsedDate>` : '';
        return {
          xml:
            `<UserName>${xml(user.name)}</UserName><AccessKeyLastUsed>${when}` +
            `<ServiceName>${last?.service ?? 'N/A'}</ServiceName><Region>${last?.region ?? 'N/A'}</Region></AccessKeyLastUsed>`,
        };
      },
    },
  ],
];

function find(action: string, form: URLSearchParams, call: Call): { user: IamUser; one: UserKey } {
  const id = readText(form, 'AccessKeyId', KEY_ID);
  const user = userFor(action, form, call);
  const one = user.keys.find(({ key }) => key.id === id);
  if (!one) throw noSuchEntity(`The Access Key with id ${id} cannot be found.`);
  return { user, one };
}

function describe(user: IamUser, { key, active, createdAt }: UserKey): string {
  return (
    `<UserName>${xml(user.name)}</UserName><AccessKeyId>${key.id}</AccessKeyId>` +
    `<Status>${active ? 'Active' : 'Inactive'}</Status><CreateDate>${new Date(createdAt).toISOString()}</CreateDate>`
  );
}
