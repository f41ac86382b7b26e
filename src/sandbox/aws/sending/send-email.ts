import { operation } from '../gate/operation.ts';
import { dispatch } from './dispatch.ts';
import { readDraft } from './draft.ts';
import { sendEmailInput } from './input.ts';
import { asksToSend, refuseSend } from './permitted.ts';
import { takeQuota } from './quota.ts';

/** `POST /v2/email/outbound-emails` with Simple or Raw content. */
export const sendEmail = operation({
  name: 'SendEmail',
  method: 'POST',
  path: '/v2/email/outbound-emails',
  writes: true,
  input: sendEmailInput,
  asks: (input, call) =>
    asksToSend(readDraft(input), input.Content.Raw !== undefined, input.FeedbackForwardingEmailAddress, call),
  async run(input, call) {
    const draft = readDraft(input);
    const identity = refuseSend(call, draft);
    takeQuota(call.place, draft.recipients.length, call.now);
    return { MessageId: await dispatch(call, draft, identity) };
  },
});
