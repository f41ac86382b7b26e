import { AwsError } from '../gate/errors.ts';
import { authorize, callerArn } from '../gate/keys.ts';
import type { Call } from '../gate/operation.ts';
import { judge, missingKeys, type Permission, type Policy } from '../gate/policy.ts';
import { xml } from '../gate/replies.ts';
import { invalidInput, members, pageOf, wrong } from './form.ts';
import { userArn } from './users.ts';

const DECISIONS = { allowed: 'allowed', denied: 'explicitDeny', silent: 'implicitDeny' } as const;
/** Parameters that are read; others of the API change the outcome and are refused rather than ignored. */
const KNOWN =
  /^(Action|Version|PolicySourceArn|MaxItems|Marker|(ActionNames|ResourceArns|ContextEntries)(\.member\.\d+)?|ContextEntries\.member\.\d+\.(ContextKeyName|ContextKeyType|ContextKeyValues\.member\.\d+))$/;

/**
 * IAM's SimulatePrincipalPolicy (API reference 2010-05-08): one result for each action on each resource, of a user's own policies.
 * The answer is XML.
 * @throws AwsError AccessDenied, NoSuchEntity, InvalidInput, ValidationError
 */
export function simulatePrincipalPolicy(form: URLSearchParams, call: Call): string {
  const source = form.get('PolicySourceArn') ?? '';
  if (!/^arn:aws:iam::\d{12}:(user|group|role)\/.+$/.test(source)) throw invalidInput(`Invalid Entity Arn: ${source}`);
  authorize(call.key, [{ action: 'iam:SimulatePrincipalPolicy', resource: source }], true);
  for (const name of form.keys())
    if (!KNOWN.test(name)) throw invalidInput(`The sandbox does not simulate with the parameter ${name}.`);
  const actions = members(form, 'ActionNames');
  if (actions.length === 0) throw wrong('Member must not be null: actionNames');
  const odd = actions.find((action) => !/^[a-z0-9-]+:[A-Za-z0-9]+$/.test(action));
  if (odd !== undefined) throw invalidInput(`Invalid Action: ${odd}`);
  const resources = members(form, 'ResourceArns');
  const bad = resources.find(
    (resource) => resource !== '*' && !/^arn:aws:[a-z0-9-]+:[a-z0-9*-]*:[0-9*]*:.+$/.test(resource),
  );
  if (bad !== undefined) throw invalidInput(`Invalid Resource Arn: ${bad}`);
  const policies = policiesOf(source, call);
  const keys = contextOf(form);
  const results = actions.flatMap((action) =>
    (resources.length > 0 ? resources : ['*']).map((resource) => result(policies, { action, resource, keys })),
  );
  return pageOf(form, 'EvaluationResults', results);
}

/** What is attached to the user; the caller's own key counts before others of the same user, which may hold other policies here. */
function policiesOf(source: string, { aws, key }: Call): readonly Policy[] {
  if (callerArn(key) === source) return key.policies;
  const other = [...aws.keys.values()].find((one) => callerArn(one) === source);
  if (other) return other.policies;
  const user = [...aws.users.values()].find((one) => userArn(one) === source);
  if (!user) throw new AwsError('NoSuchEntity', 404, `The entity ${source} cannot be found.`);
  return [...user.policies.values()].map(({ policy }) => policy);
}

function contextOf(form: URLSearchParams): Record<string, string | readonly string[]> {
  const count = [...form.keys()].filter((name) => /^ContextEntries\.member\.\d+\.ContextKeyName$/.test(name)).length;
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => {
      const at = `ContextEntries.member.${index + 1}`;
      const name = form.get(`${at}.ContextKeyName`) ?? '';
      const type = form.get(`${at}.ContextKeyType`);
      const values = members(form, `${at}.ContextKeyValues`);
      if (type !== 'string' && type !== 'stringList')
        throw invalidInput(`The sandbox does not simulate with context keys of the type ${type}.`);
      if (type === 'string' && values.length !== 1) throw invalidInput(`Invalid Context Key: ${name}`);
      return [name.toLowerCase(), type === 'string' ? (values[0] ?? '') : values];
    }),
  );
}

function result(policies: readonly Policy[], asked: Permission): string {
  const missing = missingKeys(policies, asked);
  return (
    `<member><EvalActionName>${xml(asked.action)}</EvalActionName><EvalResourceName>${xml(asked.resource)}</EvalResourceName>` +
    `<EvalDecision>${DECISIONS[judge(policies, asked)]}</EvalDecision><MatchedStatements/>` +
    `<MissingContextValues>${missing.map((key) => `<member>${xml(key)}</member>`).join('')}</MissingContextValues></member>`
  );
}
