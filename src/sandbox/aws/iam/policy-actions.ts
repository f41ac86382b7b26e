import { AwsError } from '../gate/errors.ts';
import { type Policy, readPolicy } from '../gate/policy.ts';
import { xml } from '../gate/replies.ts';
import type { IamAction } from './actions.ts';
import { limitExceeded, noSuchEntity, pageOf, readText, readUserName } from './form.ts';
import { userFor } from './users.ts';

const NAME = /^[\w+=,.@-]{1,128}$/;

/** Characters of all inline policies of a user together, white space left out (IAM user guide, "IAM and AWS STS quotas"). */
const MOST_CHARACTERS = 2048;

/** Inline policies of users. */
export const policyActions: readonly (readonly [string, IamAction])[] = [
  [
    'PutUserPolicy',
    {
      writes: true,
      run(form, call) {
        readUserName(form);
        const name = readText(form, 'PolicyName', NAME);
        const document = readText(form, 'PolicyDocument', /^[\t\n\r -ÿ]{1,131072}$/);
        const user = userFor('PutUserPolicy', form, call);
        const policy = readDocument(document);
        const others = [...user.policies].filter(([other]) => other !== name).map(([, one]) => one.document);
        if ([...others, document].join('').replaceAll(/\s/g, '').length > MOST_CHARACTERS)
          throw limitExceeded(`Maximum policy size of ${MOST_CHARACTERS} bytes exceeded for user ${user.name}`);
        user.policies.set(name, { document, policy });
        return {};
      },
    },
  ],
  [
    'GetUserPolicy',
    {
      writes: false,
      run(form, call) {
        readUserName(form);
        const name = readText(form, 'PolicyName', NAME);
        const user = userFor('GetUserPolicy', form, call);
        const found = user.policies.get(name);
        if (!found) throw noSuchPolicy(name);
        // The document travels percent-encoded (RFC 3986), unlike in the request.
        const document = encodeURIComponent(found.document);
        return {
          xml: `<UserName>${xml(user.name)}</UserName><PolicyName>${xml(name)}</PolicyName><PolicyDocument>${document}</PolicyDocument>`,
        };
      },
    },
  ],
  [
    'ListUserPolicies',
    {
      writes: false,
      run(form, call) {
        readUserName(form);
        const names = [...userFor('ListUserPolicies', form, call).policies.keys()];
        return {
          xml: pageOf(
            form,
            'PolicyNames',
            names.map((name) => `<member>${xml(name)}</member>`),
          ),
        };
      },
    },
  ],
  [
    'DeleteUserPolicy',
    {
      writes: true,
      run(form, call) {
        readUserName(form);
        const name = readText(form, 'PolicyName', NAME);
        const user = userFor('DeleteUserPolicy', form, call);
        if (!user.policies.delete(name)) throw noSuchPolicy(name);
        return { takesFrom: user };
      },
    },
  ],
];

function noSuchPolicy(name: string): AwsError {
  return noSuchEntity(`The user policy with name ${name} cannot be found.`);
}

function readDocument(text: string): Policy {
  try {
    return readPolicy(JSON.parse(text));
  } catch (error) {
    const why = error instanceof RangeError ? ` (${error.message})` : '';
    throw new AwsError('MalformedPolicyDocument', 400, `Syntax errors in policy.${why}`);
  }
}
