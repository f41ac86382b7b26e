import { operation } from '../gate/operation.ts';
import { dispatch } from './dispatch.ts';
import { readDraft } from './draft.ts';
import { sendEmailInput } from './input.ts';
import { asksToSend, refuseSend } from './permitted.ts';
import { takeQuota } from './quota.ts';

/** `POST /v2/email/outbound-emails` with Simple, Raw or Template content. */
export const sendEmail = operation({
  name: 'SendEmail',
  method: 'POST',
  path: '/v2/email/outbound-emails',
  writes: true,
  input: sendEmailInput,
  asks: (input, call) => {
    const action = input.Content.Raw ? 'SendRawEmail' : 'SendEmail';
    return asksToSend(action, readDraft(input, call.place), input.FeedbackForwardingEmailAddress, call);
  },
  async run(input, call) {
    const draft = readDraft(input, call.place);
    const identity = refuseSend(call, draft);
    takeQuota(call.place, draft.recipients.length, call.now);
    return { MessageId: await dispatch(call, draft, identity, input.Content.Raw ? 'SendRawEmail' : 'SendEmail') };
  },
});
