import type { Reply } from '../../http.ts';
import { FORBIDDEN_ACTIONS, isForeign } from '../forbidden.ts';
import { AwsError } from '../gate/errors.ts';
import { authorize, callerArn } from '../gate/keys.ts';
import type { Call } from '../gate/operation.ts';
import { takeTurn } from '../gate/pace.ts';
import { type QueryDialect, queryReply, xml } from '../gate/replies.ts';
import { IAM_ACTIONS } from '../iam/actions.ts';
import type { Admitted } from '../serve.ts';
import { dkimAttributes, listIdentities, mailFromAttributes, verificationAttributes } from './identity-attributes.ts';
import { verifyDomain } from './verify-domain.ts';

/** One action of SES v1: its result is XML. None of those that are modelled has resource-level permissions. */
interface Action {
  readonly writes: boolean;
  run(form: URLSearchParams, call: Call): string;
}

const ACTIONS: ReadonlyMap<string, Action> = new Map<string, Action>([
  ['VerifyDomainIdentity', { writes: true, run: verifyDomain }],
  ['GetIdentityVerificationAttributes', { writes: false, run: verificationAttributes }],
  ['GetIdentityDkimAttributes', { writes: false, run: dkimAttributes }],
  ['GetIdentityMailFromDomainAttributes', { writes: false, run: mailFromAttributes }],
  ['ListIdentities', { writes: false, run: listIdentities }],
]);

/** Answers the Query protocol: GetCallerIdentity of STS, what is played of IAM, and of SES v1 what v2 does not have. */
export function serveQuery(form: URLSearchParams, dialect: QueryDialect, { call, trace }: Admitted): Reply {
  const name = form.get('Action') ?? '';
  const done = (result: string | undefined) => queryReply(dialect, name, result, call.now);
  if (dialect === 'sts-query') {
    if (name !== 'GetCallerIdentity') throw invalidAction(name);
    // AWS lets every caller ask who it is, whatever its policies say.
    const { id, account } = call.key;
    return done(
      `<Arn>${xml(callerArn(call.key))}</Arn><UserId>${xml(id.replace('AKIA', 'AIDA'))}</UserId><Account>${account}</Account>`,
    );
  }
  if (dialect === 'iam-query') {
    const action = IAM_ACTIONS.get(name);
    if (!action) throw invalidAction(name);
    const { xml: result, takesFrom } = action.run(form, call);
    trace.effect = action.writes;
    if (isForeign(takesFrom) && !call.aws.switches.allowForeignDeletes) trace.forbidden = true;
    return done(result);
  }
  if (FORBIDDEN_ACTIONS.has(name)) trace.forbidden = true;
  const action = ACTIONS.get(name);
  if (!action) throw invalidAction(name);
  takeTurn(call, dialect);
  const keys = { 'ses:apiversion': '1', 'aws:requestedregion': call.place.region };
  authorize(call.key, [{ action: `ses:${name}`, resource: '*', keys }], true);
  const result = action.run(form, call);
  trace.effect = action.writes;
  return done(result);
}

function invalidAction(action: string): AwsError {
  return new AwsError('InvalidAction', 400, `Could not find operation ${action} for this version`);
}
