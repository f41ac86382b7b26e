import type { Fault } from '../../faults.ts';
import { AwsError } from '../gate/errors.ts';
import { type AccessKey, callerArn } from '../gate/keys.ts';
import type { Call } from '../gate/operation.ts';
import { judge, type Permission } from '../gate/policy.ts';
import { dispatch } from '../sending/dispatch.ts';
import { type Draft, readDraft } from '../sending/draft.ts';
import { sendEmailInput } from '../sending/input.ts';
import { asksToSend, refuseSend } from '../sending/permitted.ts';
import { takeQuota } from '../sending/quota.ts';
import { type Aws, placeOf } from '../state.ts';
import type { Envelope } from './conversation.ts';

/** SES's limit of a message as it is sent, base64 included (SES developer guide, "Service quotas"). */
export const MOST_BYTES = 40 * 1024 * 1024;

const FAILURE = '451 Temporary service failure';

/** Takes a message that came by SMTP the way of SendRawEmail, and says what SMTP says of it. Every message is a row of the ledger. */
export async function takeMessage(
  aws: Aws,
  region: string,
  key: AccessKey,
  envelope: Envelope,
  message: Buffer | 'too long',
): Promise<{ reply: string; faults: readonly Fault[] }> {
  const call: Call = { aws, key, place: placeOf(aws, key.account, region), now: aws.world.clock.now() };
  const faults = aws.world.faults.take('ses', 'SMTP', region);
  const has = (...kinds: Fault['kind'][]) => faults.some(({ kind }) => kinds.includes(kind));
  let effect = false;
  let error: string | undefined;
  let about: Pick<Draft, 'configurationSet' | 'tenant'> | undefined;
  const act = async (): Promise<string> => {
    if (has('throttle')) throw new AwsError('TooManyRequestsException', 429, 'Maximum sending rate exceeded.');
    if (has('error-before', 'html', 'conflict')) return FAILURE;
    if (message === 'too long') return '552 Message is too long.';
    const draft = draftOf(call, envelope, message);
    about = draft;
    refuseUnpermitted(call, draft);
    const identity = refuseSend(call, draft);
    for (let times = has('duplicate') ? 2 : 1; ; times -= 1) {
      takeQuota(call.place, draft.recipients.length, call.now);
      const id = await dispatch(call, draft, identity, 'SendRawEmail');
      effect = true;
      if (times === 1) return has('error-after') ? FAILURE : `250 Ok ${id}`;
    }
  };
  const reply = await act().catch((thrown: unknown) => {
    if (!(thrown instanceof AwsError)) throw thrown;
    error = thrown.code;
    return replyOf(thrown);
  });
  aws.world.ledger.write({
    system: 'ses',
    operation: 'SMTP',
    region,
    caller: key.id,
    request: { ...envelope, ...sizeOf(message), configurationSet: about?.configurationSet, tenant: about?.tenant },
    status: Number(reply.slice(0, 3)),
    ...(error === undefined && reply.startsWith('250') ? {} : { error: error ?? reply.slice(4) }),
    effect,
  });
  return { reply, faults };
}

/** The message with its envelope: who is held responsible are the authors of the From header, and the envelope's sender besides. */
function draftOf(call: Call, { from, to }: Envelope, message: Buffer): Draft {
  const input = sendEmailInput.parse({
    FromEmailAddress: from,
    Destination: { ToAddresses: to },
    Content: { Raw: { Data: message.toString('base64') } },
  });
  const draft = readDraft(input, call.place);
  const [sender, author, ...others] = draft.senders;
  return author ? { ...draft, senders: [author, ...others, sender] } : draft;
}

/** Asks IAM for every sender. Which version of the API SMTP counts as is not documented, so conditions on it never hold. */
function refuseUnpermitted(call: Call, draft: Draft): void {
  const asked = draft.senders.flatMap((sender) =>
    asksToSend('SendRawEmail', { ...draft, senders: [sender] }, undefined, call),
  );
  for (const { action, resource, keys = {} } of asked) {
    const { 'ses:apiversion': _version, ...known } = keys;
    const permission: Permission = { action, resource, keys: known };
    if (judge(call.key.policies, permission) !== 'allowed')
      throw new AwsError(
        'AccessDenied',
        403,
        `User \`${callerArn(call.key)}' is not authorized to perform \`${action}' on resource \`${resource}'`,
      );
  }
}

function replyOf({ code, message }: AwsError): string {
  switch (code) {
    case 'AccessDenied':
    case 'AccessDeniedException':
      return `554 Access denied: ${message}`;
    case 'TooManyRequestsException':
      return `454 Throttling failure: ${message}`;
    case 'MessageRejected':
    case 'SendingPausedException':
    case 'AccountSuspendedException':
      return `554 Message rejected: ${message}`;
    default:
      return `554 Transaction failed: ${message}`;
  }
}

function sizeOf(message: Buffer | 'too long') {
  return message === 'too long' ? {} : { bytes: message.length };
}
