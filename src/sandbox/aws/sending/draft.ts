import MailComposer from 'nodemailer/lib/mail-composer';
import { badRequest, notFound } from '../gate/errors.ts';
import { refuseBadTags, refuseRepeated, refuseReserved } from './header-rules.ts';
import type { SendEmail, Simple } from './input.ts';
import { type Mailbox, readMailboxes } from './mailboxes.ts';
import { field, type Mime, parseMime, valuesOf, without } from './mime.ts';

/** A message as asked for, before SES adds what is its own. */
export interface Draft {
  /** The one whom SES holds responsible, and every author of the From header. */
  readonly senders: readonly [Mailbox, ...Mailbox[]];
  readonly recipients: readonly Mailbox[];
  readonly configurationSet: string | undefined;
  readonly tenant: string | undefined;
  /** Without Date, Message-ID, Bcc, Return-Path and X-SES-*. */
  mime(): Promise<Mime>;
}

const MOST_RECIPIENTS = 50;
const MOST_BYTES = 40 * 1024 * 1024;

/** Reads a SendEmail request into a draft. @throws AwsError for what SES refuses before it looks at any identity */
export function readDraft(input: SendEmail): Draft {
  const { Simple, Raw, Template } = input.Content;
  if ([Simple, Raw, Template].filter(Boolean).length !== 1)
    throw badRequest('Content must have exactly one of Simple, Raw and Template.');
  if (Template) throw notFound(`Template ${Template.TemplateName ?? ''} does not exist.`);
  if (input.ListManagementOptions)
    throw notFound(`List with name: ${input.ListManagementOptions.ContactListName} doesn't exist.`);
  const draft = Raw ? rawDraft(input, Raw.Data) : simpleDraft(input, Simple);
  if (draft.recipients.length === 0) throw badRequest('Missing required recipients.');
  if (draft.recipients.length > MOST_RECIPIENTS) throw badRequest(`Recipient count exceeds ${MOST_RECIPIENTS}.`);
  return draft;
}

function simpleDraft(input: SendEmail, content: Simple | undefined): Draft {
  const { FromEmailAddress, Destination, ReplyToAddresses } = input;
  if (!content || !FromEmailAddress) throw badRequest('FromEmailAddress is required.');
  if (!content.Body.Text && !content.Body.Html) throw badRequest('Body must have Text or Html.');
  const [sender, second] = readMailboxes([FromEmailAddress]);
  if (!sender || second) throw badRequest('FromEmailAddress must be one address.');
  readMailboxes(ReplyToAddresses);
  const names = content.Headers.map(({ Name }) => Name);
  refuseReserved(names);
  refuseRepeated(names);
  refuseBadTags(input.EmailTags);
  const { ToAddresses, CcAddresses, BccAddresses } = Destination;
  const lists = [
    ['From', [FromEmailAddress]],
    ['Reply-To', ReplyToAddresses],
    ['To', ToAddresses],
    ['Cc', CcAddresses],
  ] as const;
  const envelope = lists.filter(([, list]) => list.length).map(([name, list]) => field(name, list.join(',\r\n ')));
  return {
    senders: [sender],
    recipients: readMailboxes([...ToAddresses, ...CcAddresses, ...BccAddresses]),
    configurationSet: input.ConfigurationSetName,
    tenant: input.TenantName,
    async mime() {
      const composed = cleaned(parseMime(await compose(content)));
      return {
        body: composed.body,
        fields: [...envelope, ...composed.fields, ...content.Headers.map(({ Name, Value }) => field(Name, Value))],
      };
    },
  };
}

function compose({ Subject, Body, Attachments }: Simple): Promise<Buffer> {
  return new MailComposer({
    subject: inCharset(Subject),
    ...(Body.Text ? { text: inCharset(Body.Text) } : {}),
    ...(Body.Html ? { html: inCharset(Body.Html) } : {}),
    attachments: Attachments.map((attachment) => ({
      content: attachment.RawContent,
      filename: attachment.FileName,
      contentDisposition: attachment.ContentDisposition === 'INLINE' ? 'inline' : 'attachment',
      ...(attachment.ContentType ? { contentType: attachment.ContentType } : {}),
      ...(attachment.ContentId ? { cid: attachment.ContentId } : {}),
    })),
  })
    .compile()
    .build();
}

/** Without a charset the text is 7-bit ASCII, and what is not comes out damaged. */
function inCharset({ Data, Charset }: { Data: string; Charset?: string | undefined }): string {
  return Charset === undefined ? Data.replaceAll(/[^\0-\x7f]/gu, '?') : Data;
}

function rawDraft(input: SendEmail, data: Buffer): Draft {
  if (data.length > MOST_BYTES)
    throw badRequest(`Message length is more than ${MOST_BYTES} bytes long: '${data.length}'.`);
  const mime = parseMime(data);
  refuseRepeated(mime.fields.map(({ name }) => name));
  const from = valuesOf(mime, 'From');
  if (from.length === 0) throw badRequest("Missing required header 'From'.");
  const given = input.FromEmailAddress ? [input.FromEmailAddress] : [];
  const [sender, ...authors] = readMailboxes([...given, ...from]);
  if (!sender) throw badRequest("Missing required header 'From'.");
  const { ToAddresses, CcAddresses, BccAddresses } = input.Destination;
  const destination = [...ToAddresses, ...CcAddresses, ...BccAddresses];
  const inHeaders = ['To', 'Cc', 'Bcc'].flatMap((name) => valuesOf(mime, name)).filter(Boolean);
  refuseBadTags(input.EmailTags.length ? input.EmailTags : headerTags(mime));
  return {
    senders: [sender, ...authors],
    recipients: readMailboxes(destination.length ? destination : inHeaders),
    configurationSet: input.ConfigurationSetName ?? valuesOf(mime, 'X-SES-CONFIGURATION-SET')[0],
    tenant: input.TenantName ?? valuesOf(mime, 'X-SES-TENANT')[0],
    mime: async () => cleaned(mime),
  };
}

function cleaned(mime: Mime): Mime {
  return without(
    mime,
    (name) => ['date', 'message-id', 'bcc', 'return-path'].includes(name) || name.startsWith('x-ses-'),
  );
}

function headerTags(mime: Mime): { Name: string; Value: string }[] {
  return valuesOf(mime, 'X-SES-MESSAGE-TAGS')
    .flatMap((value) => value.split(','))
    .filter((pair) => pair.trim())
    .map((pair) => {
      const [name = '', ...rest] = pair.split('=');
      return { Name: name.trim(), Value: rest.join('=').trim() };
    });
}
