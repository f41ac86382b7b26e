import { AwsError } from '../gate/errors.ts';
import { tagsSchema } from '../gate/names.ts';
import { xml } from '../gate/replies.ts';
import type { Tag } from '../state.ts';
import type { IamAction } from './actions.ts';
import { invalidInput, members, pageOf, readText, readUserName } from './form.ts';
import { askIam, forgetUser, type IamUser, lookUpUser, makeUser, userArn, userFor } from './users.ts';

/** Users and their tags. Source: IAM API reference (API_CreateUser.html and its like). */
export const userActions: readonly (readonly [string, IamAction])[] = [
  [
    'CreateUser',
    {
      writes: true,
      run(form, call) {
        const { account } = call.key;
        const name = readUserName(form);
        const path = form.has('Path') ? readText(form, 'Path', /^(\/|\/[!-~]{0,510}\/)$/) : '/';
        if (form.has('PermissionsBoundary')) throw invalidInput('The sandbox plays no permissions boundaries.');
        const tags = readTags(form);
        const asked = { account, path, name, tags: [] };
        askIam('CreateUser', asked, call, tags);
        if (tags.length > 0) askIam('TagUser', asked, call, tags);
        if (lookUpUser(call.aws, account, name))
          throw new AwsError('EntityAlreadyExists', 409, `User with name ${name} already exists.`);
        return { xml: `<User>${describe(makeUser(call.aws, { account, name, path, tags }))}</User>` };
      },
    },
  ],
  [
    'GetUser',
    { writes: false, run: (form, call) => ({ xml: `<User>${describe(userFor('GetUser', form, call))}</User>` }) },
  ],
  [
    'DeleteUser',
    {
      writes: true,
      run(form, call) {
        readUserName(form);
        const user = userFor('DeleteUser', form, call);
        const inUse = user.keys.length > 0 ? 'access keys' : user.policies.size > 0 ? 'policies' : undefined;
        if (inUse) throw new AwsError('DeleteConflict', 409, `Cannot delete entity, must delete ${inUse} first.`);
        forgetUser(call.aws, user);
        return { takesFrom: user };
      },
    },
  ],
  [
    'TagUser',
    {
      writes: true,
      run(form, call) {
        readUserName(form);
        const tags = readTags(form);
        const user = userFor('TagUser', form, call);
        askIam('TagUser', user, call, tags);
        user.tags = [...user.tags.filter(({ Key }) => !tags.some((tag) => tag.Key === Key)), ...tags];
        return {};
      },
    },
  ],
  [
    'ListUserTags',
    {
      writes: false,
      run(form, call) {
        readUserName(form);
        return { xml: pageOf(form, 'Tags', userFor('ListUserTags', form, call).tags.map(describeTag)) };
      },
    },
  ],
];

function describe(user: IamUser): string {
  const tags = user.tags.length > 0 ? `<Tags>${user.tags.map(describeTag).join('')}</Tags>` : '';
  return (
    `<Path>${xml(user.path)}</Path><UserName>${xml(user.name)}</UserName><UserId>${user.id}</UserId>` +
    `<Arn>${xml(userArn(user))}</Arn><CreateDate>${new Date(user.createdAt).toISOString()}</CreateDate>${tags}`
  );
}

function describeTag({ Key, Value }: Tag): string {
  return `<member><Key>${xml(Key)}</Key><Value>${xml(Value)}</Value></member>`;
}

function readTags(form: URLSearchParams): Tag[] {
  const count = [...form.keys()].filter((name) => /^Tags\.member\.\d+\.Key$/.test(name)).length;
  const tags = Array.from({ length: count }, (_, index) => ({
    Key: form.get(`Tags.member.${index + 1}.Key`) ?? '',
    Value: form.get(`Tags.member.${index + 1}.Value`) ?? '',
  }));
  if (members(form, 'Tags').length > 0 || !tagsSchema.safeParse(tags).success)
    throw invalidInput('Invalid tags: 1 to 128 characters for a key, up to 256 for a value, no key twice.');
  return tags;
}
