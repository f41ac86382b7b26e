import { z } from 'zod';
import { AwsError } from '../gate/errors.ts';
import { type Call, operation } from '../gate/operation.ts';
import { dispatch } from './dispatch.ts';
import { readDraft } from './draft.ts';
import { headersSchema } from './header-rules.ts';
import { destination, messageTags, type SendEmail, sendEmailInput, templateInput } from './input.ts';
import { asksToSend, refuseSend } from './permitted.ts';
import { takeQuota } from './quota.ts';

const MOST_ENTRIES = 50;

/** What an entry answers for an error of SendEmail. */
const STATUS: Readonly<Record<string, string>> = {
  MessageRejected: 'MESSAGE_REJECTED',
  MailFromDomainNotVerifiedException: 'MAIL_FROM_DOMAIN_NOT_VERIFIED',
  AccountSuspendedException: 'ACCOUNT_SUSPENDED',
  TooManyRequestsException: 'ACCOUNT_THROTTLED',
  BadRequestException: 'INVALID_PARAMETER',
};

const input = z.object({
  ...sendEmailInput.pick({
    ReplyToAddresses: true,
    FeedbackForwardingEmailAddress: true,
    ConfigurationSetName: true,
    TenantName: true,
  }).shape,
  FromEmailAddress: z.string(),
  DefaultEmailTags: messageTags,
  DefaultContent: z.object({ Template: templateInput }),
  BulkEmailEntries: z
    .array(
      z.object({
        Destination: destination,
        ReplacementTags: messageTags,
        ReplacementHeaders: headersSchema.default([]),
        ReplacementEmailContent: z
          .object({ ReplacementTemplate: z.object({ ReplacementTemplateData: z.string().optional() }).optional() })
          .optional(),
      }),
    )
    .min(1)
    .max(MOST_ENTRIES),
});
type Bulk = z.output<typeof input>;

/** `POST /v2/email/outbound-bulk-emails`: 200 also where entries fail; what concerns all of them is refused as a whole. */
export const sendBulkEmail = operation({
  name: 'SendBulkEmail',
  method: 'POST',
  path: '/v2/email/outbound-bulk-emails',
  writes: true,
  input,
  asks(bulk, call) {
    const [first] = bulk.BulkEmailEntries;
    // An entry that can't be read fails on its own later; identity, set and template are the same for all.
    const common = { ...bulk, BulkEmailEntries: first ? [{ ...first, Destination: anybody(bulk) }] : [] };
    return entriesOf(common).flatMap((entry) =>
      asksToSend('SendBulkEmail', readDraft(entry, call.place), bulk.FeedbackForwardingEmailAddress, call),
    );
  },
  async run(bulk, call) {
    const results: unknown[] = [];
    for (const entry of entriesOf(bulk)) results.push(await sendEntry(entry, call));
    return { BulkEmailEntryResults: results };
  },
});

async function sendEntry(entry: SendEmail, call: Call): Promise<unknown> {
  try {
    const draft = readDraft(entry, call.place);
    const identity = refuseSend(call, draft);
    takeQuota(call.place, draft.recipients.length, call.now);
    return { Status: 'SUCCESS', MessageId: await dispatch(call, draft, identity, 'SendBulkEmail') };
  } catch (error) {
    if (!(error instanceof AwsError) || error.code === 'AccessDeniedException') throw error;
    return { Status: statusOf(error, entry), Error: error.message };
  }
}

function statusOf(error: AwsError, entry: SendEmail): string {
  if (error.message.startsWith('Daily message quota')) return 'ACCOUNT_DAILY_QUOTA_EXCEEDED';
  if (error.code === 'NotFoundException')
    return entry.ConfigurationSetName && error.message.includes(`<${entry.ConfigurationSetName}>`)
      ? 'CONFIGURATION_SET_NOT_FOUND'
      : 'TEMPLATE_NOT_FOUND';
  if (error.code === 'SendingPausedException')
    return error.message.includes('configuration set') ? 'CONFIGURATION_SET_SENDING_PAUSED' : 'ACCOUNT_SENDING_PAUSED';
  return STATUS[error.code] ?? 'FAILED';
}

/** Each entry as the one message that it is: its data and tags over the default ones, its headers in place of theirs. */
function entriesOf(bulk: Bulk): SendEmail[] {
  const { Template } = bulk.DefaultContent;
  return bulk.BulkEmailEntries.map((entry) => {
    const replaced = entry.ReplacementEmailContent?.ReplacementTemplate?.ReplacementTemplateData;
    const tags = entry.ReplacementTags;
    return {
      FromEmailAddress: bulk.FromEmailAddress,
      ReplyToAddresses: bulk.ReplyToAddresses,
      ConfigurationSetName: bulk.ConfigurationSetName,
      TenantName: bulk.TenantName,
      Destination: entry.Destination,
      EmailTags: [...bulk.DefaultEmailTags.filter(({ Name }) => !tags.some((tag) => tag.Name === Name)), ...tags],
      Content: {
        Template: {
          ...Template,
          TemplateData: merged(Template.TemplateData, replaced),
          Headers: entry.ReplacementHeaders.length ? entry.ReplacementHeaders : Template.Headers,
        },
      },
    };
  });
}

function merged(common: string | undefined, own: string | undefined): string | undefined {
  if (own === undefined || common === undefined) return own ?? common;
  try {
    return JSON.stringify({ ...JSON.parse(common), ...JSON.parse(own) });
  } catch {
    // What is no JSON is refused where the entry is read.
    return own;
  }
}

function anybody(bulk: Bulk): z.output<typeof destination> {
  return { ToAddresses: [bulk.FromEmailAddress], CcAddresses: [], BccAddresses: [] };
}
